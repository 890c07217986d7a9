"""Pages and writes while one bulk action moves every lead of a workspace, and while that is undone, against idle times.

A whole program (web and worker) with BENCH_LEADS leads (default 100,000); one person opens the table, the board and
leads in turn and writes a note after each. Idle times are taken before the move and after it, on one connection.
BENCH_DATABASE=postgres runs it on a Postgres of its own from the pip wheel.
"""

import os
import re
import time
from contextlib import ExitStack

from person import Person, report_quiet, served, together

LEADS = int(os.environ.get("BENCH_LEADS", "100000"))
MOVE, UNDO = 120, 20  # seconds: all of the move, and the first part of its undo
BUSY = 'hx-trigger="every 2s"'  # what the page of an action has while it works


class Mover(Person):
    def busy(self, path, form, label, seconds):
        """What work() measures while the bulk action that this asks for works, for so many seconds at most; how many
        leads a second it counted under `label`; its address.
        """
        began = checked = time.monotonic()
        address = self.ask("POST", path, form)

        def ended():
            nonlocal checked
            if time.monotonic() - checked < 0.5:
                return False
            checked = time.monotonic()
            return checked - began > seconds or BUSY not in self.ask("GET", address)

        times = self.work(ended)
        counted = re.search(rf"{label}.*?([\d,]+)<", self.ask("GET", address), re.DOTALL).group(1)
        return times, int(counted.replace(",", "")) / (time.monotonic() - began), address


def main():
    with ExitStack() as stack:
        _, port, _ = served(stack, LEADS)
        person = Mover(port, LEADS)
        idle = [person.idle()]
        asked = {"all": "1", "do": "stage", "stage": "lost"}
        moving, moved, address = person.busy("/leads/bulk", asked, "Changed", MOVE)
        if BUSY in person.ask("GET", address):
            raise RuntimeError(f"the move did not end in {MOVE} s")
        idle.append(person.idle())
        undoing, undone, _ = person.busy(f"{address}/undo", {}, "Put back", UNDO)
    for name, times, speed in (("move", moving, moved), ("undo", undoing, undone)):
        report_quiet(f"bulk {name}", times, together(idle), leads_a_second=round(speed))


if __name__ == "__main__":
    main()
