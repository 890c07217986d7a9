"""What the model was asked for: answers that it drafted, questions about the workspace's own data."""

from enum import StrEnum

from peewee import CharField, ForeignKeyField, TextField
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import User, WorkspaceModel
from webapp.core.clock import now
from webapp.core.fields import JSONText

from .models import Thread, ThreadMessage, one_of


class AskedState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Suggestion(WorkspaceModel):
    """An answer to a thread that the model drafts for `user`; nothing is sent of it. `wish` is what they asked for
    besides: "", "another" or "shorter". `message` is the newest mail that it knew. `loose` are the addresses and
    numbers in it that stand in nothing it was told. Whoever asks the model holds the lease (see model_requests.py).
    """

    thread = ForeignKeyField(Thread, on_delete="CASCADE", index=False)
    message = ForeignKeyField(ThreadMessage, null=True, on_delete="CASCADE")
    user = ForeignKeyField(User, null=True, on_delete="SET NULL")
    wish = CharField(default="", max_length=20)
    state = EnumField(AskedState, default=AskedState.WAITING, max_length=8, constraints=one_of("state", AskedState))
    text = TextField(default="")
    loose = JSONText(default=list)
    error = CharField(default="", max_length=500)
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    changed_at = UTCDateTime(default=now)

    class Meta:
        table_name = "mail_suggestion"
        indexes = ((("thread", "id"), False), (("state", "id"), False))


class Question(WorkspaceModel):
    """What a member asked the assistant, and its answer. `calls` are the reads it was answered from, in their order,
    done with this member's reach: [{"name", "arguments", "rows": how many, "said": a sentence, "found": [[kind, id,
    text, more], …], "opens": [a page, what it is asked for]}, …]. `loose` and the lease are as of a Suggestion.
    """

    user = ForeignKeyField(User, on_delete="CASCADE")
    text = TextField()
    answer = TextField(default="")
    calls = JSONText(default=list)
    state = EnumField(AskedState, default=AskedState.WAITING, max_length=8, constraints=one_of("state", AskedState))
    loose = JSONText(default=list)
    error = CharField(default="", max_length=500)
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    created_at = UTCDateTime(default=now)
    changed_at = UTCDateTime(default=now)

    class Meta:
        table_name = "assistant_question"
        indexes = ((("workspace", "user", "id"), False), (("state", "id"), False))
