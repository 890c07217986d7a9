"""What calls of the model endpoint used."""

from enum import StrEnum

from peewee import BigIntegerField, CharField, Check, IntegerField
from playhouse.fields import EnumField

from db import UTCDateTime
from webapp.accounts.models import WorkspaceModel
from webapp.core.clock import now


class CallState(StrEnum):
    RESERVED = "reserved"  # on its way, charged with the most that it may cost
    DONE = "done"
    FAILED = "failed"  # answered with nothing that can be used, or not at all; charged with what was used


class ModelCall(WorkspaceModel):
    """One call. Tokens are those that the endpoint counted; `cost` is in millionths of the currency of LLM_PRICE, 0
    where no price is configured. A RESERVED one counts towards the budgets with its reserved tokens and cost, until a
    sweep releases what a crash left.
    """

    purpose = CharField(max_length=20)  # "enrichment", "label", "reply", "question"
    reference = CharField(default="", max_length=60)  # such as "result:17": what it was for
    model = CharField(max_length=100)
    state = EnumField(
        CallState, default=CallState.RESERVED, constraints=[Check("state IN ('reserved', 'done', 'failed')")]
    )
    tokens_in = IntegerField(default=0)
    tokens_out = IntegerField(default=0)
    cost = BigIntegerField(default=0)
    milliseconds = IntegerField(default=0)
    error = CharField(default="", max_length=500)
    created_at = UTCDateTime(default=now)

    class Meta:
        indexes = (
            (("workspace", "created_at"), False),
            (("workspace", "reference"), False),
            (("state", "created_at"), False),
        )
