"""The tools of the assistant: the program's own reads, each within what the asker may see. None changes anything."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

from peewee import fn

from webapp.accounts.centers import known_to
from webapp.accounts.members import people
from webapp.campaigns import numbers
from webapp.campaigns import queries as campaign_reads
from webapp.campaigns.models import CampaignState
from webapp.core.clock import now
from webapp.core.errors import AppError
from webapp.leads import listing
from webapp.leads.due import bounds
from webapp.leads.models import Lead, Stage
from webapp.leads.queries import chosen_leads, stage_totals
from webapp.leads.todo_queries import open_todos

from . import excerpts, prompts, queries
from .assistant_filters import Unfit, filter_of, number_of, text_of, words_of
from .excerpts import as_json
from .models import Label, Thread, ThreadState

MOST_CALLS = 10  # of tools, for a question
ROWS = 20
GROUPS = 20
TODOS = 200  # that are looked at
DAYS = 3650
SHOWN = 300  # letters of arguments that could not be read
CAMPAIGN = (
    "recipients", "reached", "mails", "replied", "bounced", "unsubscribed", "refused", "failed", "unknown", "stopped"
)  # fmt: skip
TRACKED = ("opened", "clicked")


class Toolbox:
    """`calls` are what was read so far, as Question.calls has it; `told` are the answers, as the model got them."""

    def __init__(self, member):
        self.member, self.calls, self.told = member, [], []

    def run(self, call, most):
        """The answer to a client.ToolCall, as JSON of up to `most` bytes. Never raises: what cannot be done is said."""
        entry = {
            "name": excerpts.clean(call.name[:60]),
            "arguments": {},
            "rows": 0,
            "said": "",
            "found": [],
            "opens": [],
        }
        try:
            answer = self._answer(call, entry)
            answer["rows"] = _fitting(answer, most)
            entry |= {"rows": len(answer["rows"]), "found": entry["found"][: len(answer["rows"])]}
        except (Unfit, AppError) as refusal:
            answer = {"error": prompts.WRONG_ARGUMENTS.format(why=refusal)}
            told = {"": excerpts.clean(call.arguments[:SHOWN])}
            entry |= {"arguments": told, "rows": 0, "said": f"Refused: {str(refusal).partition(';')[0]}", "found": []}
        self.calls.append(entry)
        self.told.append(as_json(answer))
        return self.told[-1]

    def _answer(self, call, entry):
        if call.name not in prompts.TOOLS:
            raise Unfit(prompts.NO_SUCH_TOOL)
        if len(self.calls) >= MOST_CALLS:
            raise Unfit(prompts.NO_MORE_TOOLS)
        try:
            given = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise Unfit("they are no JSON object.")
        return _TOOLS[call.name](self.member, given, entry)


def _fitting(answer, most):
    """As many of its rows as there is room for."""
    rows, room = [], most - len(as_json({**answer, "rows": []}).encode())
    for row in answer["rows"]:
        room -= len(as_json(row).encode()) + 2
        if room < 0:
            break
        rows.append(row)
    return rows


def count_leads(member, given, entry):
    chosen = filter_of(member, {**given, "sort": None})
    by = text_of(given, "by", (*_BY, "stage")) or "stage"
    totals = stage_totals(member, chosen) or _by_stage(member, chosen)
    leads, value = (sum(pair[place] for pair in totals.values()) for place in (0, 1))
    if by == "stage":
        rows = [{"stage": stage.value, "leads": count, "value": worth} for stage, (count, worth) in totals.items()]
    else:
        rows = _grouped(member, chosen, by)
    entry["arguments"] = words_of(member, chosen) | ({"by": by} if by != "stage" else {})
    entry |= {"said": f"{_counted(leads, 'lead')}, worth {value:,} {member.workspace.currency}"}
    entry |= {"opens": ["leads", chosen.query()]}
    entry["found"] = [["", None, str(row[by] or "None"), f"{row['leads']:,}"] for row in rows]
    return {"leads": leads, "value": value, "by": by, "rows": rows}


def _counted(number, one):
    return f"{number:,} {one if number == 1 else f'{one}s'}"


_BY = {
    "owner": Lead.owner, "center": Lead.center, "country": Lead.country, "city": Lead.city, "industry": Lead.industry,
    "source": Lead.source,
}  # fmt: skip


def _by_stage(member, chosen):
    """Counted one by one: nobody waits for a page here."""
    rows = chosen_leads(member, chosen, Lead.stage, *_sums()).group_by(Lead.stage).tuples()
    counts = {stage: (int(leads), int(value or 0)) for stage, leads, value in rows}
    return {stage: counts.get(stage, (0, 0)) for stage in Stage}


def _sums():
    return fn.COUNT(Lead.id), fn.SUM(Lead.value)


def _grouped(member, chosen, by):
    column = _BY[by]
    query = chosen_leads(member, chosen, column, *_sums()).group_by(column)
    rows = query.order_by(fn.COUNT(Lead.id).desc(), column).limit(GROUPS).tuples()
    names = _names(member, by)
    return [{by: names.get(key, key), "leads": int(leads), "value": int(worth or 0)} for key, leads, worth in rows]


def _names(member, by):
    if by == "owner":
        return {person.id: person.full_name for person in people(member.workspace)} | {None: ""}
    return {one.id: one.name for one in known_to(member)} if by == "center" else {}


def list_leads(member, given, entry):
    chosen = filter_of(member, given)
    most = number_of(given, "most", 1, ROWS, ROWS)
    rows = listing.table(member, chosen).rows[:most]
    entry["arguments"] = words_of(member, chosen)
    entry["opens"] = ["leads", chosen.query()]
    entry["found"] = [["lead", row.id, row.name, _beside(row)] for row in rows]
    return {"rows": [_lead(member, row) for row in rows]}


def _beside(row):
    company = row.company if row.full_name else ""
    return ", ".join(filter(None, (company, row.stage.label)))


def _lead(member, row):
    told = {
        "name": row.name, "title": row.title, "company": row.company, "stage": row.stage.value, "owner": row.owner,
        "value": row.value, "score": row.score, "industry": row.industry, "city": row.city, "country": row.country,
        "tags": list(row.tag_names), "next_todo": row.next_step, "next_due": _day(member, row.next_due_at),
        "last_touch": _day(member, row.touched_at), "created": _day(member, row.created_at),
        "contacted": _day(member, row.contacted_at), "replied": _day(member, row.replied_at),
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def _day(member, moment):
    """The day of a moment where the member is."""
    return f"{moment.astimezone(ZoneInfo(member.time_zone)):%Y-%m-%d}" if moment else ""


def list_campaigns(member, given, entry):
    state = text_of(given, "state", tuple(CampaignState))
    most = number_of(given, "most", 1, ROWS, ROWS)
    rows = campaign_reads.campaigns(member, state=CampaignState(state) if state else None, size=most).rows
    entry |= {"arguments": {"state": state} if state else {}, "opens": ["campaigns", ""]}
    entry["found"] = [["campaign", row.id, row.name, row.state.value.capitalize()] for row in rows]
    return {"rows": [_campaign(member, row) for row in rows]}


def _campaign(member, row):
    told = {"campaign_id": row.id, "name": row.name, "state": row.state.value, "by": row.actor and row.actor.full_name}
    counts = (*CAMPAIGN, *(TRACKED if row.track_opens or row.track_clicks else ()))
    told |= {name: getattr(row, name) for name in counts}
    return told | {"started": _day(member, row.started_at), "finished": _day(member, row.finished_at)}


def campaign_report(member, given, entry):
    campaign = campaign_reads.get_campaign(member, number_of(given, "campaign_id", 1, 2**31 - 1))
    report = numbers.numbers(campaign)
    hours = None if report.median is None else round(report.median / numbers.HOUR, 1)
    entry |= {"arguments": {"campaign": campaign.name}, "opens": ["campaign", campaign.id]}
    entry["found"] = [["", None, line.name, f"{line.mails:,} sent, {line.replied:,} replied"] for line in report.steps]
    return {
        **_campaign(member, campaign),
        "hours_to_reply_median": hours,
        "versions": [line._asdict() | {"step": trial.position} for trial in report.trials for line in trial.lines][
            :ROWS
        ],
        "mailboxes": [_line(line) for line in report.mailboxes[:ROWS]],
        "providers": [_line(line) for line in report.providers[:ROWS]],
        "rows": [_line(line) for line in report.steps],
    }


def _line(line):
    told = line._asdict()
    told.pop("key")
    return told


def list_todos(member, given, entry):
    due = text_of(given, "due", ("overdue", "today", "open")) or "open"
    whose = text_of(given, "whose", ("mine", "team")) or "mine"
    most = number_of(given, "most", 1, ROWS, ROWS)
    moment, tonight, _ = bounds(member.time_zone)
    until = {"overdue": moment, "today": tonight}.get(due)
    page = open_todos(member, team=whose == "team", size=TODOS)
    rows = [row for row in page.rows if until is None or (row.due_at and row.due_at <= until)]
    more = bool(page.older) and len(rows) == TODOS
    entry |= {"arguments": {"due": due, "whose": whose}, "opens": ["todos", ""]}
    entry["said"] = f"More than {TODOS} to-dos" if more else _counted(len(rows), "to-do")
    entry["found"] = [["lead", row.lead_id, row.title or row.kind.value.capitalize(), row.name] for row in rows[:most]]
    told = [
        {"title": row.title, "kind": row.kind.value, "due": _day(member, row.due_at), "for": row.assignee,
         "lead": row.name, "company": row.company, "stage": row.stage.value}
        for row in rows[:most]
    ]  # fmt: skip
    return {"todos": f"more than {TODOS}" if more else len(rows), "rows": told}


def list_threads(member, given, entry):
    label, state = text_of(given, "label", tuple(Label)), text_of(given, "state", tuple(ThreadState))
    days, most = number_of(given, "days", 1, DAYS, 0), number_of(given, "most", 1, ROWS, ROWS)
    asked = [Thread.last_at >= now() - timedelta(days=days)] if days else []
    asked += [Thread.label == Label(label)] if label else []
    asked += [Thread.state == ThreadState(state)] if state else []
    counts = queries.visible(member, Thread.label, fn.COUNT(Thread.id)).where(*asked).group_by(Thread.label).tuples()
    by_label = {one.value: int(count) for one, count in counts}
    newest = queries.visible(member).where(*asked).order_by(Thread.last_at.desc(), Thread.id.desc()).limit(most)
    rows = list(newest)
    entry["arguments"] = {
        name: str(value) for name, value in (("label", label), ("state", state), ("days", days)) if value
    }
    entry |= {"said": _counted(sum(by_label.values()), "conversation"), "opens": ["inbox", ""]}
    entry["found"] = [["thread", row.id, row.name or row.email, row.subject] for row in rows]
    told = [
        {"with": row.name or row.email, "subject": row.subject, "label": row.label.value, "state": row.state.value,
         "summary": row.summary, "last_mail": _day(member, row.last_at), "we_wrote_last": _is_ours(row)}
        for row in rows
    ]  # fmt: skip
    return {"threads": sum(by_label.values()), "by_label": by_label, "rows": told}


def _is_ours(thread):
    """Whether its last mail is from us."""
    return thread.last_in_at is None or thread.last_at > thread.last_in_at


_TOOLS = {
    "count_leads": count_leads,
    "list_leads": list_leads,
    "list_campaigns": list_campaigns,
    "campaign_report": campaign_report,
    "list_todos": list_todos,
    "list_threads": list_threads,
}
