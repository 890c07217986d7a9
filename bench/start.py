"""Starting: CPU to the first page against the bare imports, and memory at rest against a minimal app."""

import resource
import subprocess
import sys
import time

from common import cpu_seconds, family, free_port, paired, program, pss_mb, report, temporary_folder, wait_for

IMPORTS = "import flask, flask_login, flask_wtf, peewee, playhouse.migrations, huey, waitress, jinja2, bcrypt"
MINIMAL = """
import flask, flask_login, flask_wtf, peewee, huey, waitress
app = flask.Flask("minimal")
app.add_url_rule("/sign-in", view_func=lambda: flask.render_template_string("<p>{{ 1 }}</p>"))
waitress.serve(app, host="127.0.0.1", port=%d, threads=8)
"""
SETTLE = 1.5  # seconds until the worker process has started too
REST = 6  # seconds without a request before memory is read


def cpu_of_imports():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu_of_start(folder):
    with program(folder, port=free_port()) as process:
        time.sleep(SETTLE)
        return sum(cpu_seconds(pid) for pid in family(process.pid))


def memory_of_minimal():
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", MINIMAL % port], stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/sign-in", process)
        time.sleep(1)
        return pss_mb(process.pid)
    finally:
        process.terminate()
        process.wait()


def main():
    with temporary_folder() as folder:
        cpu_of_start(folder)  # the first start migrates; the second is what counts
        ours, limit, ratio = paired(lambda: cpu_of_start(folder), cpu_of_imports, 5)
        report("start: cpu s, both processes", ours, limit, 5, "<= 4", ratio=ratio)
        with program(folder, port=free_port()) as process:
            time.sleep(REST)
            web, worker = (pss_mb(pid) for pid in family(process.pid))
        minimal = memory_of_minimal()
        report("memory: web MB PSS", web, minimal, 1, "<= 2")
        report("memory: worker MB PSS", worker, minimal, 1, "<= 2")


if __name__ == "__main__":
    main()
