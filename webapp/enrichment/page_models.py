"""Public pages that were read, kept for all workspaces, and whose turn it is at a host."""

from peewee import BlobField, CharField, IntegerField

from db import BaseModel, UTCDateTime
from webapp.core.clock import now
from webapp.core.fields import JSONText


class FetchedPage(BaseModel):
    """The last answer of a public address. `digest` is the SHA-256 of the address in hex; `body` the decoded bytes,
    compressed (zlib). `status` is 0 where there was no answer, and `note` says why in a sentence that people read.
    """

    digest = CharField(max_length=64, unique=True)
    url = CharField(max_length=2000)
    final_url = CharField(max_length=2000, default="")
    status = IntegerField(default=0)
    content_type = CharField(default="")
    headers = JSONText(default=dict)  # those that extraction reads: server, x-powered-by, set-cookie names, …
    etag = CharField(default="")
    last_modified = CharField(default="")
    body = BlobField(default=b"")
    note = CharField(default="", max_length=500)
    milliseconds = IntegerField(default=0)
    fetched_at = UTCDateTime(default=now)
    fresh_until = UTCDateTime(default=now, index=True)


class HostTurn(BaseModel):
    """Who may ask a host: never two at once, from all machines of the installation. Not before `next_at`."""

    host = CharField(unique=True)
    lease_token = CharField(default="")
    lease_until = UTCDateTime(null=True)
    next_at = UTCDateTime(null=True, index=True)
