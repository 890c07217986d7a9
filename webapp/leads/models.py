from enum import StrEnum

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    Check,
    DeferredForeignKey,
    ForeignKeyField,
    IntegerField,
    NodeList,
    TextField,
)
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import Center, User, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.core.text import fold


class Stage(StrEnum):
    """Where a lead stands. The order is the order of the pipeline."""

    NEW = "new"
    CONTACTED = "contacted"
    REPLIED = "replied"
    CONVERTED = "converted"
    LOST = "lost"

    @property
    def label(self):
        return self.value.capitalize()

    @property
    def reached_column(self):
        """The name of the lead's column that keeps when this stage was first reached; None for NEW."""
        return None if self is Stage.NEW else f"{self.value}_at"


class Lead(WorkspaceModel):
    """A person at a company that might buy.

    `email` is in lower case and unique among the workspace's leads that are not deleted; `value` is in whole units of
    the workspace's currency; `company_key`, `name_key` and `search_text` are derived (see with_keys). The database
    keeps `lead_search` and `stage_total` in step by triggers (migration 0002).

    `next_due_at`, `next_step` and `next_kind` repeat the open to-do that is due first (written by todos.py only), so
    that lists need no join. A lead that was merged into another is deleted and names it in `merged_into`.
    """

    company = CharField(default="")
    first_name = CharField(default="")
    last_name = CharField(default="")
    title = CharField(default="")
    email = CharField(default="")
    phone = CharField(default="")
    website = CharField(default="")
    domain = CharField(default="")
    linkedin = CharField(default="")
    industry = CharField(default="")
    employees = IntegerField(null=True)
    city = CharField(default="")
    region = CharField(default="")
    country = CharField(default="")
    source = CharField(default="")
    value = BigIntegerField(default=0)
    score = IntegerField(default=0, constraints=[Check("score BETWEEN 0 AND 100")])
    owner = ForeignKeyField(User, null=True, backref="leads", on_delete="SET NULL")
    center = ForeignKeyField(Center, null=True, backref="leads", on_delete="SET NULL", index=False)
    stage = EnumField(
        Stage, default=Stage.NEW, constraints=[Check("stage IN ('new', 'contacted', 'replied', 'converted', 'lost')")]
    )
    stage_changed_at = UTCDateTime(default=now)
    contacted_at = UTCDateTime(null=True)
    replied_at = UTCDateTime(null=True)
    converted_at = UTCDateTime(null=True)
    lost_at = UTCDateTime(null=True)
    lost_reason = CharField(default="")
    next_due_at = UTCDateTime(null=True)
    next_step = CharField(default="")
    next_kind = CharField(default="")
    touched_at = UTCDateTime(default=now)
    created_at = UTCDateTime(default=now)
    deleted_at = UTCDateTime(null=True)
    merged_into = ForeignKeyField("self", null=True, on_delete="SET NULL", index=False)
    origin = DeferredForeignKey("Import", null=True, on_delete="SET NULL")
    origin_row = IntegerField(null=True)
    company_key = CharField(default="")
    name_key = CharField(default="")
    search_text = TextField(default="")

    brought_by = None  # where queries.get_lead() read it: the import that brought the lead

    @property
    def full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def name(self):
        """What to call this lead: the person, else the company, else the address."""
        return self.full_name or self.company or self.email or "Unnamed lead"


def mailbox(email):
    """The mailbox that an address names, as SQL: without a tag after its + and, at Gmail, without its dots.

    An index is found only by the very expression it was made of (migration 0010), so nothing here is a parameter.
    """
    parts = []
    for text in _MAILBOX.split("{}"):
        parts += [SQL(text), email]
    return NodeList(parts[:-1])


_TAGLESS = """substr({}, 1, CASE WHEN instr({}, '+') > 1 THEN instr({}, '+') ELSE instr({} || '@', '@') END - 1)"""
_MAILBOX = f"""(CASE WHEN substr({{}}, instr({{}}, '@') + 1) IN ('gmail.com', 'googlemail.com')
    THEN replace({_TAGLESS}, '.', '') || '@gmail.com' ELSE {_TAGLESS} || substr({{}}, instr({{}} || '@', '@')) END)"""

_ALIVE = Lead.deleted_at.is_null()
_IN_CENTER = _ALIVE & Lead.center.is_null(False)


def _index(name, *columns, where=_ALIVE, unique=False):
    Lead.add_index(Lead.index(Lead.workspace, *columns, where=where, unique=unique, name=name))


_index("lead_by_email", Lead.email, where=_ALIVE & (Lead.email != ""), unique=True)
_index("lead_by_touch", Lead.touched_at, Lead.id)
_index("lead_by_stage_touch", Lead.stage, Lead.touched_at, Lead.id)
# value at the end: what a member or a center has in each stage is summed up from the index alone
_index("lead_by_owner", Lead.owner, Lead.stage, Lead.touched_at, Lead.id, Lead.value, Lead.center)
_index("lead_by_center", Lead.center, Lead.stage, Lead.touched_at, Lead.id, Lead.value, where=_IN_CENTER)
_index("lead_in_center", Lead.center, Lead.owner, Lead.stage, Lead.id, where=_IN_CENTER)
# for the foreign key: without it, deleting a center reads every lead there is
Lead.add_index(Lead.index(Lead.center, where=Lead.center.is_null(False), name="lead_center_id"))
_index("lead_by_company", Lead.company_key, Lead.id)
_index("lead_by_name", Lead.name_key, Lead.id)
_index("lead_by_person", Lead.company_key, Lead.name_key)
_index("lead_by_value", Lead.value, Lead.id)
_index("lead_by_score", Lead.score, Lead.id)
_index("lead_by_employees", Lead.employees, Lead.id, where=_ALIVE & Lead.employees.is_null(False))
_index("lead_by_due", Lead.next_due_at, Lead.id, where=_ALIVE & Lead.next_due_at.is_null(False))
for _column in (Lead.country, Lead.city, Lead.industry, Lead.source):
    _index(f"lead_by_{_column.name}", _column, Lead.touched_at, Lead.id, where=_ALIVE & (_column != ""))
_index("lead_by_domain", Lead.domain, Lead.name_key, Lead.id, where=_ALIVE & (Lead.domain != ""))
# of addresses that differ from their mailbox only: see duplicates.py
_index("lead_by_mailbox", mailbox(Lead.email), where=_ALIVE & (mailbox(Lead.email) != Lead.email))
_index("lead_in_bin", Lead.deleted_at, Lead.id, where=Lead.deleted_at.is_null(False))
Lead.add_index(Lead.index(Lead.merged_into, where=Lead.merged_into.is_null(False), name="lead_merged_into"))


def with_keys(fields):
    """`fields` (a dict of all of a lead's text fields) with the derived columns added, for writing."""
    company, email, domain = fields.get("company", ""), fields.get("email", ""), fields.get("domain", "")
    name = f"{fields.get('first_name', '')} {fields.get('last_name', '')}".strip()
    company_key, name_key = fold(company), fold(name)
    return {
        **fields,
        "company_key": company_key[:255],
        "name_key": name_key[:255],
        "search_text": "\n".join(part for part in (company_key, name_key, email, domain) if part),
    }


class StageTotal(WorkspaceModel):
    """How many leads stand in a stage and what they are worth together. Written by triggers only."""

    stage = EnumField(Stage)
    leads = IntegerField(default=0)
    value = BigIntegerField(default=0)

    class Meta:
        indexes = ((("workspace", "stage"), True),)


class ActivityKind(StrEnum):
    CREATED = "created"
    IMPORTED = "imported"  # an import updated the lead; `data`: import_id, filename, row, changes
    ENRICHED = "enriched"  # facts were written to the lead; data: job_id, company_id, found, asked, changes
    STAGE = "stage"  # data: from, to
    EDITED = "edited"  # data: changes {field: [from, to]}, ids (of "owner", "center") alike, custom {name: its id}
    NOTE = "note"  # data: text, mentions [user ids]
    CALL = "call"  # data: text, outcome
    WRITTEN = "written"  # an e-mail that a member wrote or got elsewhere; data: text, subject, received
    TODO = "todo"  # a to-do was done; data: todo_id, title, kind
    MERGED = "merged"  # another lead was merged into this one; data: lead_id, name, changes
    EMAIL = "email"  # a campaign's mail was accepted; data: campaign_id, campaign, delivery_id, subject
    RECEIVED = "received"  # a mail came in; data: thread_id, message_id, subject, text (its beginning), kind
    ANSWERED = "answered"  # a member wrote a mail in a thread, here or elsewhere; data: as of RECEIVED
    UNSUBSCRIBED = "unsubscribed"  # data: campaign_id
    ASSIGNED = "assigned"  # a center found the lead an owner, or nobody; data: owner (a name or ""), reason
    DELETED = "deleted"
    RESTORED = "restored"


class Activity(WorkspaceModel):
    """One entry on a lead's timeline. `actor` is None when Galena did it by itself.

    `search_text` is words.note_text() of it; the database keeps `note_search` in step with it by triggers (0008).
    """

    lead = ForeignKeyField(Lead, backref="activities", on_delete="CASCADE")
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    kind = EnumField(ActivityKind)
    data = JSONText(default=dict)
    created_at = UTCDateTime(default=now)
    pinned_at = UTCDateTime(null=True)  # a note that stays on top
    search_text = TextField(default="")

    class Meta:
        indexes = ((("lead", "created_at", "id"), False),)


_KINDS = "IN ('stage', 'edited', 'imported', 'enriched', 'assigned', 'merged')"
CHANGES = NodeList((Activity.kind, SQL(_KINDS)))  # the condition of what history.py reads: as the indexes have it
for _name, _columns in (("activity_change", ()), ("activity_change_by", (Activity.actor,))):
    _columns = (Activity.workspace, *_columns, Activity.created_at, Activity.id)
    Activity.add_index(Activity.index(*_columns, where=CHANGES, name=_name))


class HandOver(WorkspaceModel):
    """A lead that came to an owner by assignment rather than by one's own hand, and why."""

    lead = ForeignKeyField(Lead, on_delete="CASCADE")
    center = ForeignKeyField(Center, null=True, on_delete="SET NULL")
    former = ForeignKeyField(User, null=True, on_delete="SET NULL")
    owner = ForeignKeyField(User, null=True, on_delete="SET NULL")
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    reason = CharField()
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("center", "id"), False),)


class TodoKind(StrEnum):
    TASK = "task"
    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    LINKEDIN = "linkedin"


class Todo(WorkspaceModel):
    """A follow-up on a lead. Overdue once `due_at` is past; without a time of day (`timed` False) `due_at` is the end
    of its day where it was set.
    """

    lead = ForeignKeyField(Lead, backref="todos", on_delete="CASCADE")
    kind = EnumField(
        TodoKind,
        default=TodoKind.TASK,
        constraints=[Check("kind IN ('task', 'call', 'email', 'meeting', 'linkedin')")],
    )
    title = CharField()
    assignee = ForeignKeyField(User, null=True, on_delete="SET NULL")
    due_at = UTCDateTime(null=True)
    timed = BooleanField(default=False)
    created_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
    created_at = UTCDateTime(default=now)
    done_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
    done_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("lead", "done_at", "due_at", "id"), False),)


Todo.add_index(
    Todo.index(Todo.workspace, Todo.assignee, Todo.due_at, Todo.id, where=Todo.done_at.is_null(), name="todo_open")
)
Todo.add_index(Todo.index(Todo.workspace, Todo.due_at, Todo.id, where=Todo.done_at.is_null(), name="todo_by_due"))
