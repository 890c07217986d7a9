"""What was found in a mail, such as a date or a phone number, taken up for the lead at a click."""

from datetime import date, time
from typing import NamedTuple

from webapp.core.errors import Invalid, NotFound
from webapp.leads import todos
from webapp.leads.editing import edit_lead
from webapp.leads.models import TodoKind

from .models import Direction

SHOWN = 6
WORDS = 120


class Finding(NamedTuple):
    """The `number`-th of the "dates" or "phones" (its `kind`) found in a mail, in the `words` of that."""

    message_id: int
    kind: str
    number: int
    words: str
    day: date | None = None
    at: time | None = None
    is_taken: bool = False


def findings(mails, lead, titles, today):
    """The Findings in the newest mail from outside that are of use yet: days from `today` on, and a phone number that
    the lead has not. `titles` are those of the lead's open to-dos.
    """
    newest = next((mail for mail in reversed(mails) if mail.direction is Direction.IN), None)
    if newest is None:
        return []
    found = [one for one in _found(newest, "dates") if one.day >= today]
    found += [one for one in _found(newest, "phones") if _digits(one.words) != _digits(lead.phone)]
    return [one._replace(is_taken=title_of(one, lead) in titles) for one in found[:SHOWN]]


def _digits(phone):
    """What two ways to write a number have in common."""
    return "".join(filter(str.isdigit, phone))[-8:]


def _found(mail, kind):
    for number, said in enumerate((mail.found or {}).get(kind) or ()):
        if kind == "phones":
            yield Finding(mail.id, kind, number, str(said))
        else:
            day, at, words = said
            yield Finding(mail.id, kind, number, words, date.fromisoformat(day), time.fromisoformat(at) if at else None)


def finding(mail, kind, number):
    """One Finding of a mail. Raises NotFound."""
    found = next((one for one in _found(mail, kind) if one.number == number), None)
    if found is None:
        raise NotFound("That is no longer found in this mail.")
    return found


def title_of(found, lead):
    """What the to-do for a date is called."""
    words = " ".join(found.words.split())
    words = f"{words[: WORDS - 1]}…" if len(words) > WORDS else words
    return f"Get back to {lead.first_name or lead.name}: “{words}”"


def take_up(found, lead, *, actor):
    """A date becomes a to-do of the actor's, a number the lead's phone where it has none. Raises Invalid."""
    if found.kind == "phones":
        if lead.phone:
            raise Invalid(f"{lead.name} has a phone number already. Change it on the lead's page.", "phone")
        edit_lead(lead, {"phone": found.words}, actor=actor)
    else:
        fields = {"title": title_of(found, lead), "kind": TodoKind.TASK, "day": found.day, "time": found.at}
        todos.add_todo(lead, fields, actor=actor)
