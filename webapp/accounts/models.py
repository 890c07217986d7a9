"""Who there is: workspaces, users, memberships, centers, invitations, and what Galena itself owes them by mail."""

from enum import StrEnum

from peewee import BlobField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from db import BaseModel, UTCDateTime
from webapp.core.clock import now
from webapp.core.fields import JSONText
from webapp.core.text import initials


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    MEMBER = "member"
    VIEWER = "viewer"


class Reach(StrEnum):
    """Which of a workspace's leads a member sees: all, those of their centers and their own, or their own."""

    ALL = "all"
    CENTERS = "centers"
    OWN = "own"


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Workspace(BaseModel):
    """A tenant. `currency` is an ISO 4217 code; the values of leads are whole units of it. `country` (ISO 3166)
    is where telephone numbers without a country code are from; "" when nobody said.

    `initials` are the letters on its logo, those of its name when empty; `postal_address` stands in mail footers.
    Once `deleted_at` is set nobody is in it any more; a job takes its rows away and moves it on with each batch.
    """

    name = CharField()
    slug = CharField(unique=True)
    currency = CharField(default="EUR", max_length=3)
    initials = CharField(default="", max_length=2)
    time_zone = CharField(default="UTC")
    country = CharField(default="", max_length=2)
    postal_address = TextField(default="")
    requires_two_factor = BooleanField(default=False)
    created_at = UTCDateTime(default=now)
    deleted_at = UTCDateTime(null=True)

    @property
    def letters(self):
        return self.initials or initials(self.name)


class User(BaseModel):
    """A person who signs in. `email` is kept in lower case.

    `picture` is the digest of their Picture, empty without one; `locale` is a key of core.locales.LOCALES.
    Once `deleted_at` is set there is no account any more; the empty row stands for whoever did what others refer to.
    """

    full_name = CharField()
    email = CharField(unique=True)
    password_hash = CharField(default="")
    time_zone = CharField(default="UTC")
    theme = EnumField(Theme, default=Theme.SYSTEM)
    locale = CharField(default="en", max_length=10)
    picture = CharField(default="", max_length=64)
    email_verified_at = UTCDateTime(null=True)
    todo_digest = BooleanField(default=False)
    todo_digest_on = DateField(null=True)  # the person's own day when they last got it
    is_admin = BooleanField(default=False)
    is_active = BooleanField(default=True)
    last_login_at = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    deleted_at = UTCDateTime(null=True)


class WorkspaceModel(BaseModel):
    """A row that belongs to one workspace. Read it through of()."""

    workspace = ForeignKeyField(Workspace, on_delete="CASCADE")

    @classmethod
    def of(cls, workspace):
        return cls.select().where(cls.workspace == workspace)


class Membership(WorkspaceModel):
    """A user in a workspace."""

    user = ForeignKeyField(User, backref="memberships", on_delete="CASCADE")
    role = EnumField(Role, default=Role.MEMBER)
    reach = EnumField(Reach, default=Reach.ALL)
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "user"), True),)


class Departure(WorkspaceModel):
    """A person who left the workspace while leads there may still be theirs. A job hands those to `heir` (None: to
    nobody), then deletes this row; it moves `due_at` on with each batch, so that a stalled one is seen.
    """

    user = ForeignKeyField(User, on_delete="CASCADE")
    heir = ForeignKeyField(User, null=True, on_delete="SET NULL")
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")  # who removed them; themselves when they left
    due_at = UTCDateTime(default=now)


class Picture(BaseModel):
    """A person's picture: a square WebP that Galena drew itself from what was uploaded or Google gave."""

    user = ForeignKeyField(User, unique=True, on_delete="CASCADE")
    mimetype = CharField(max_length=40)
    data = BlobField()


class Assignment(StrEnum):
    """How leads that come into a center find their owner."""

    NONE = "none"  # somebody assigns them by hand
    ROUND_ROBIN = "round_robin"  # to the member whose turn it is
    CAPACITY = "capacity"  # to the member with the most room left


class Center(WorkspaceModel):
    """A branch or team. `name_key` is its folded name, unique among the workspace's centers."""

    name = CharField(max_length=80)
    name_key = CharField(max_length=160)
    assignment = EnumField(
        Assignment,
        default=Assignment.NONE,
        constraints=[Check("assignment IN ('none', 'round_robin', 'capacity')")],
    )
    archived_at = UTCDateTime(null=True)
    assigning_until = UTCDateTime(null=True)  # set while those who wait are assigned; past it, a sweeper wakes that
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "name_key"), True),)


class CenterMember(BaseModel):
    """A user in a center. `capacity` is how many open leads they take there; None: no limit."""

    center = ForeignKeyField(Center, backref="members", on_delete="CASCADE")
    user = ForeignKeyField(User, on_delete="CASCADE")
    capacity = IntegerField(null=True, constraints=[Check("capacity >= 0")])
    assigned_at = UTCDateTime(null=True)  # when a lead last came to them here: whose turn it is

    class Meta:
        indexes = ((("center", "user"), True), (("user", "center"), False))


class Invitation(WorkspaceModel):
    """A place in a workspace, offered to an address. Open while neither accepted, withdrawn nor expired.

    The link holds the token, this row only its SHA-256; it is empty until a mail was made.
    """

    email = CharField()
    role = EnumField(Role, default=Role.MEMBER)
    reach = EnumField(Reach, default=Reach.ALL)
    center = ForeignKeyField(Center, null=True, on_delete="SET NULL")
    invited_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
    token_hash = CharField(null=True, unique=True, max_length=64)
    created_at = UTCDateTime(default=now)
    expires_at = UTCDateTime()
    accepted_at = UTCDateTime(null=True)
    withdrawn_at = UTCDateTime(null=True)


_WAITING = Invitation.accepted_at.is_null() & Invitation.withdrawn_at.is_null()
Invitation.add_index(
    Invitation.index(Invitation.workspace, Invitation.email, unique=True, where=_WAITING, name="invitation_waiting")
)


class NoticeKind(StrEnum):
    SIGN_UP = "sign_up"  # data: full_name, password_hash, workspace_name, time_zone, browser
    VERIFY = "verify"  # of an account's address; data: changes, when it is a new address to change to
    RESET = "reset"
    INVITATION = "invitation"
    TROUBLE = "trouble"  # a mailbox is not read any more; data: mailbox_id, mailbox, why, since, workspace, path
    DIGEST = "digest"  # the to-dos of a morning; data: workspace_id
    CHANGED = "changed"  # what an account's owner should know; data: what, and advice when the usual does not fit
    MENTION = "mention"  # somebody named the user in a note; data: activity_id
    REPLIED = "replied"  # a lead answered, and the user is to answer; data: workspace_id, thread_id, by, subject, text


class NoticeState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    CAPTURED = "captured"  # no mail server is set: `raw` is what would have gone out
    DROPPED = "dropped"  # there was nothing to send: nobody has the address, or the link is no longer wanted
    FAILED = "failed"


class Notice(BaseModel):
    """A mail that Galena itself owes somebody. It is rendered, and its token made, only when it leaves: a token stands
    nowhere but in the mail. A second try makes a new token, which replaces the first.
    """

    kind = EnumField(NoticeKind)
    email = CharField()
    user = ForeignKeyField(User, null=True, on_delete="CASCADE")
    invitation = ForeignKeyField(Invitation, null=True, on_delete="CASCADE")
    data = JSONText(default=dict)
    state = EnumField(
        NoticeState,
        default=NoticeState.QUEUED,
        constraints=[Check("state IN ('queued', 'sending', 'sent', 'captured', 'dropped', 'failed')")],
    )
    tries = IntegerField(default=0)
    due_at = UTCDateTime(default=now)
    error = CharField(default="", max_length=500)
    subject = CharField(default="", max_length=998)
    raw = BlobField(null=True)
    created_at = UTCDateTime(default=now)
    finished_at = UTCDateTime(null=True)

    class Meta:
        indexes = ((("state", "due_at"), False), (("email",), False))


class AuditEntry(BaseModel):
    """One act that people may ask about later. Written by audit.record(); never changed.

    `workspace` is None for what concerns the installation; `actor_name` outlasts the actor's account. `action` is
    "thing.verb", such as "member.removed"; `subject` says in words what it was done to; `data` holds the details.
    """

    workspace = ForeignKeyField(Workspace, null=True, on_delete="SET NULL")
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    actor_name = CharField(default="")
    action = CharField(max_length=60)
    subject = CharField(default="")
    data = JSONText(default=dict)
    address = CharField(default="")
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = ((("workspace", "id"), False),)
