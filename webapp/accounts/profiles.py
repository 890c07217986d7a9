"""What a person says about themselves: their name, and how they want to see things."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from webapp.core.clock import now
from webapp.core.errors import Invalid
from webapp.core.locales import LOCALES

from .models import User
from .workspaces import known_time_zone

DIGEST_HOUR = 7  # when the mail with to-dos comes, in the zone of the person


def rename(member, full_name):
    """Call the person `full_name` from now on."""
    User.update(full_name=full_name).where(User.id == member.user_id).execute()


def set_preferences(member, *, theme, time_zone, locale):
    """How pages look to this person: a Theme, the name of a time zone, a key of LOCALES. Raises Invalid."""
    if locale not in LOCALES:
        raise Invalid("Choose a language from the list.", "locale")
    if known_time_zone(time_zone) != time_zone:
        raise Invalid("Choose a time zone from the list, such as Europe/Berlin.", "time_zone")
    changes = {"theme": theme, "time_zone": time_zone, "locale": locale}
    User.update(changes).where(User.id == member.user_id).execute()


def wants_digest(member):
    """Whether the person wants a mail with their to-dos each morning."""
    return User.select(User.todo_digest).where(User.id == member.user_id).scalar()


def set_digest(member, wanted):
    """Say whether they want it. Once it is past the hour, the first one comes tomorrow."""
    local = now().astimezone(ZoneInfo(member.time_zone))
    last = local.date() if local.hour >= DIGEST_HOUR else local.date() - timedelta(days=1)
    User.update(todo_digest=wanted, todo_digest_on=last).where(User.id == member.user_id).execute()
