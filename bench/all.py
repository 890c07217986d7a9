"""Run the benchmarks: `make bench`, or `make bench ONLY=page`. Prints a line of JSON a row, then a table.

Each script in this folder prints its rows itself; `ratio` is ours against the limit or peer measured in the same run,
`bar` what it has to reach (`>=` or `<=`).
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ORDER = (
    "start",
    "page",
    "bytes",
    "latency",
    "import",
    "quiet",
    "bulk",
    "send",
    "fetch",
    "enrich",
    "inbox_page",
    "sign_in",
)


def run(name):
    """The rows that bench `name` printed."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / f"{name}.py")], stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    )
    rows = []
    for line in process.stdout:
        if line.startswith("{"):
            rows.append(json.loads(line))
            print(line, end="", flush=True)
    if process.wait() != 0:
        rows.append({"bench": name, "failed": True})
    return rows


def table(rows):
    columns = ("bench", "ours", "limit", "ratio", "bar", "n")
    cells = [columns] + [tuple(str(row.get(column, "")) for column in columns) for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def main():
    names = sys.argv[1:] or [name for name in ORDER if (HERE / f"{name}.py").exists()]
    rows = [row for name in names for row in run(name)]
    print()
    table(rows)
    sys.exit(any(row.get("failed") for row in rows))


if __name__ == "__main__":
    main()
