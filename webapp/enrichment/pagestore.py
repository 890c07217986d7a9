"""Pages that were read, kept for all workspaces: asked for anew when they are no longer fresh, deleted when old."""

import zlib
from datetime import timedelta
from hashlib import sha256

from db import db
from webapp.core.brief import briefly
from webapp.core.clock import now
from webapp.core.jobs import stopping, wait
from webapp.core.pauses import Pauses
from webapp.core.prepared import Prepared, instance

from .page_models import FetchedPage, HostTurn

FRESH, LEAST, MOST = timedelta(days=1), timedelta(hours=1), timedelta(days=7)  # without a word of the server; at all
FAILURE = timedelta(hours=1)
KEPT = timedelta(days=7)  # for which an old page may still be renewed by "it has not changed"
BATCH, PAUSE = 500, 0.01


def digest_of(url):
    return sha256(url.encode()).hexdigest()


def find(url):
    """The FetchedPage of a URL, fresh or not, or None."""
    with briefly():
        found = _page_of.one(digest=digest_of(url))
    return found and instance(FetchedPage, found)


@Prepared
def _page_of(*, digest):
    return FetchedPage.select().where(FetchedPage.digest == digest)


def is_fresh(row):
    return row is not None and row.fresh_until > now()


def body_of(row):
    return zlib.decompress(row.body) if row.body else b""


def keep_answer(url, response, *, note="", milliseconds=0):
    """The FetchedPage of a core.http.Response, kept."""
    headers = response.headers
    fresh_for = freshness(headers) if response.status < 400 else FAILURE
    return _keep(
        url,
        final_url=response.url,
        status=response.status,
        content_type=headers.get("content-type", "")[:255],
        headers={name[:100]: value[:500] for name, value in headers.items()},
        etag=headers.get("etag", "") if len(headers.get("etag", "")) < 256 else "",
        last_modified=headers.get("last-modified", "") if len(headers.get("last-modified", "")) < 256 else "",
        body=zlib.compress(response.body, 1) if response.body else b"",
        note=note,
        milliseconds=milliseconds,
        fresh_until=now() + fresh_for,
    )


def keep_failure(url, note):
    """The FetchedPage of an address that gave no answer, kept for a while: it is not asked again at once."""
    return _keep(
        url, final_url="", status=0, content_type="", headers={}, etag="", last_modified="", body=b"", note=note[:500],
        milliseconds=0, fresh_until=now() + FAILURE,
    )  # fmt: skip


# written out: Peewee takes longer to build this than the database to do it, and it runs for every page
_COLUMNS = [name for name in FetchedPage._meta.sorted_field_names if name != "id"]
_KEEP = (
    f"INSERT INTO fetched_page ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (digest) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)}"
)


def _keep(url, **fields):
    row = FetchedPage(digest=digest_of(url), url=url, fetched_at=now(), **fields)
    values = [getattr(FetchedPage, name).db_value(getattr(row, name)) for name in _COLUMNS]
    with briefly():
        db.execute_sql(_KEEP.replace("?", db.obj.param), values)
    return row


def renew(row, headers):
    """The server said that a page is as it was (RFC 9110, section 15.4.5)."""
    row.fetched_at, row.fresh_until = now(), now() + freshness({**row.headers, **headers})
    with briefly():
        FetchedPage.update(fetched_at=row.fetched_at, fresh_until=row.fresh_until).where(
            FetchedPage.digest == row.digest
        ).execute()


def freshness(headers):
    """For how long an answer is taken for the page: what its server says, within bounds (RFC 9111, section 5.2.2)."""
    said = {}
    for part in headers.get("cache-control", "").lower().split(","):
        name, _, value = part.partition("=")
        said[name.strip()] = value.strip(' "')
    if "no-store" in said or "no-cache" in said:
        return LEAST
    seconds = said.get("max-age", "")
    if not (seconds.isascii() and seconds.isdecimal()):
        return FRESH
    age = headers.get("age", "")
    age = int(age[:10]) if age.isascii() and age.isdecimal() else 0
    return min(max(timedelta(seconds=min(int(seconds[:10]), 10**8) - min(age, 10**8)), LEAST), MOST)


def sweep_pages():
    """Delete pages that nobody asked for in a while, and turns at hosts that nobody waits for, in batches."""
    pauses = Pauses(PAUSE)
    old = FetchedPage.fresh_until < now() - KEPT
    done = HostTurn.lease_until.is_null() | (HostTurn.lease_until < now() - timedelta(days=1))
    for model, which in ((FetchedPage, old), (HostTurn, done & (HostTurn.next_at < now() - timedelta(days=1)))):
        while not stopping():
            ids = [row.id for row in model.select(model.id).where(which).limit(BATCH)]
            if not ids:
                break
            model.delete().where(model.id.in_(ids), which).execute()
            wait(pauses.due())
