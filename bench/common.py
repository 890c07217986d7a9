"""What several benchmarks need: a temporary installation, a running program, medians of pairs."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def report(bench, ours, limit, n, bar, *, ratio=None, **more):
    """Print one row. `ratio` is ours ÷ limit unless given (as the median of pairs, say)."""
    ratio = ours / limit if ratio is None else ratio
    row = {"bench": bench, "ours": _short(ours), "limit": _short(limit), "ratio": round(ratio, 3), "bar": bar, "n": n}
    print(json.dumps({**row, **more}), flush=True)


def _short(figure):
    return float(f"{figure:.4g}")


def paired(ours, theirs, pairs):
    """Run both in turn; (median ours, median theirs, median of the pairs' ratios). Each returns a figure."""
    results = [(ours(), theirs()) for _ in range(pairs)]
    first, second = zip(*results, strict=True)
    return statistics.median(first), statistics.median(second), statistics.median(a / b for a, b in results)


@contextmanager
def temporary_folder():
    # a Postgres in it may still write while it ends
    with tempfile.TemporaryDirectory(prefix="galena-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def environment(data_dir, **more):
    """The environment of a program over `data_dir`, without what this shell may have set."""
    ours = ("DATA_DIR", "DATABASE_URL", "QUEUE_URL", "MAIL_URL", "MAIL_FROM", "SECRET_KEY", "BASE_URL")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "DATA_DIR": str(data_dir), "HOST": "127.0.0.1", **more}


def keep_nothing_drawn():
    """Patch this process so that it keeps no drawn region (webapp/web/kept.py): each page is a first view."""
    sys.path.insert(0, str(ROOT))
    from webapp.web import kept

    kept.lru_cache = lambda **options: lambda draw: draw
    return kept


@contextmanager
def program(data_dir, *arguments, port, first_views=False, **more):
    """run.py over `data_dir` on `port`, ready; yields its process. `first_views`: it keeps no drawn region."""
    bench = str(ROOT / "bench")
    patched = (
        f"import sys; sys.path.insert(0, {bench!r}); import common; common.keep_nothing_drawn(); import run; run.cli()"
    )
    start = ["-c", patched] if first_views else [str(ROOT / "run.py")]
    process = subprocess.Popen(
        [sys.executable, *start, *arguments],
        env=environment(data_dir, PORT=str(port), **more),
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/sign-in", process)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def wait_for(url, process, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the program ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise RuntimeError(f"{url} did not answer in {seconds} s")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(pid):
    """`pid` and its children (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def cpu_seconds(pid):
    """User and system time of a process that runs (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mb(pid):
    """Proportional set size in MB: what is private, and this process's share of the rest (Linux)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise RuntimeError("no Pss line")
