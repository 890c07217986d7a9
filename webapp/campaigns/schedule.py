"""Who gets what when from which mailbox: the rules of the engine without its database.

A mailbox pulls. At each of its turns it takes the follow-up that has been due the longest of those bound to it, else
the next new recipient of the first campaign that uses it, each only while the campaign's window is open where the
recipient is. Manual steps take no turn. plan() plays this through on plain values.
"""

from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp.mail.pacing import DAY, Window, day_in, moment_of

WORKING = "12345"


class StepPlan(NamedTuple):
    """A step as far as time is concerned."""

    position: int
    is_manual: bool = False
    wait_days: int = 0
    working_days: bool = False


class Line(NamedTuple):
    """A campaign as far as time is concerned: its StepPlans in order, the ids of its mailboxes, its window in the zone
    of the lead (`by_lead`) or in `zone`, at least `interval` between two of its mails.
    """

    id: int
    steps: tuple
    boxes: tuple
    window: Window = Window()
    zone: str = "UTC"
    by_lead: bool = False
    interval: timedelta = timedelta()
    starts_at: datetime | None = None
    next_at: datetime | None = None

    def zone_for(self, zone):
        """The zone in which somebody in `zone` ("": nobody knows) gets mail."""
        return zone if self.by_lead and zone else self.zone

    def after(self, position):
        """The StepPlan that follows `position`, or None."""
        return next((step for step in self.steps if step.position > position), None)

    def is_manual(self, position):
        return any(step.position == position and step.is_manual for step in self.steps)

    def next_open(self, moment, zone):
        """The first moment from `moment` on at which a mail may leave to somebody in `zone`; None: never."""
        begins = self.starts_at
        return self.window.next_open(begins if begins and begins > moment else moment, self.zone_for(zone))

    def due(self, step, moment, zone):
        """When `step` is due for somebody in `zone` whose step before it was done at `moment`.

        So many days later as soon as the window opens; at the same time of day where it is always open.
        """
        if not step.wait_days:
            return moment
        day = day_in(self.zone_for(zone), moment)
        return self.opening(days_later(day, step.wait_days, working=step.working_days), moment, zone)

    def opening(self, day, moment, zone):
        """When the window opens from `day` on for somebody in `zone`; one always open, at the hour of `moment`."""
        where = self.zone_for(zone)
        if self.window.is_always:
            local = moment.astimezone(ZoneInfo(where))
            begins = moment_of(day, local.hour * 60 + local.minute, where)
        else:
            begins = moment_of(day, self.window.opens, where)
        return self.window.next_open(begins, where) or begins


class Person(NamedTuple):
    """A recipient that waits: `position` is the next step, `mailbox_id` whose follow-ups they get, if it is fixed."""

    id: int
    campaign_id: int
    position: int = 1
    mailbox_id: int | None = None
    due_at: datetime | None = None
    zone: str = ""
    domain: str = ""


class Planned(NamedTuple):
    """One step of one recipient; `mailbox_id` is None for a manual one."""

    moment: datetime
    mailbox_id: int | None
    campaign_id: int
    recipient_id: int
    position: int


def days_later(day, count, *, working=False):
    """The date `count` days after `day`; `working`: counted from Monday to Friday only."""
    if not working:
        return day + DAY * count
    while count:
        day += DAY
        count -= str(day.isoweekday()) in WORKING
    return day


def assigned(boxes, recipient_id):
    """The mailbox for somebody whose first step is a manual one, so that each gets its share."""
    return sorted(boxes)[recipient_id % len(boxes)]


def plan(boxes, lines, people, start, *, until=None):
    """Everything that happens from `start` on when nothing intervenes, as Planned in the order of time.

    `boxes` are pacing.Boxes that may send, `lines` campaigns that send, `people` their recipients that wait.
    """
    yield from _Play(boxes, lines, people, start).played(until)


class _Queue:
    """Recipients by key, of which one asks for the first to a domain that may be written to."""

    def __init__(self):
        self.of_domain, self.heads = {}, []

    def add(self, key, domain):
        keys = self.of_domain.setdefault(domain, [])
        heappush(keys, key)
        if keys[0] == key:
            heappush(self.heads, (key, domain))

    def look(self, turns, moment):
        """(the first (key, domain) whose domain has its turn, the moment of the first turn of a domain before it)."""
        aside, found, free_at = [], None, None
        while self.heads:
            key, domain = head = heappop(self.heads)
            keys = self.of_domain.get(domain)
            if not keys or keys[0] != key:
                continue  # it went, or somebody came before it
            aside.append(head)
            turn = turns.get(domain)
            if turn is None or turn <= moment:
                found = head
                break
            free_at = min(free_at or turn, turn)
        for head in aside:
            heappush(self.heads, head)
        return found, free_at

    def take(self, domain):
        keys = self.of_domain[domain]
        heappop(keys)
        if keys:
            heappush(self.heads, (keys[0], domain))
        else:
            del self.of_domain[domain]


class _Play:
    def __init__(self, boxes, lines, people, start):
        self.boxes = {box.id: box for box in boxes}
        self.lines = {line.id: line for line in sorted(lines)}
        self.people = {person.id: person for person in people if person.campaign_id in self.lines}
        self.turn = {box.id: max(box.next_at or start, start) for box in boxes}
        self.sent = {box.id: dict(box.sent) for box in boxes}
        self.domains = {box.id: dict(box.turns) for box in boxes}
        self.line_turn = {line.id: line.next_at or start for line in lines}
        self.bound = {box.id: {} for box in boxes}
        self.new = {line.id: {} for line in self.lines.values()}
        self.start, self.events = start, []
        self.wakes = dict.fromkeys(self.boxes)
        for person in self.people.values():
            self._queue(person, start)
        for box_id in self.boxes:
            self._wake(box_id, self.turn[box_id])
        heapify(self.events)

    def played(self, until):
        while self.events:
            moment, kind, key, recipient_id = heappop(self.events)
            if until is not None and moment > until:
                return
            if kind == 0:
                yield self._manual(moment, recipient_id)
            elif self.wakes[key] == moment:
                self.wakes[key] = None
                if happened := self._turn(self.boxes[key], moment):
                    yield happened

    def _wake(self, box_id, moment):
        """Let a mailbox look at `moment`, or when its window and cap allow it, unless it looks earlier anyway."""
        moment = self.boxes[box_id].next_turn(max(moment, self.turn[box_id]), self.sent[box_id])
        planned = self.wakes[box_id]
        if moment is not None and (planned is None or moment < planned):
            self.wakes[box_id] = moment
            heappush(self.events, (moment, 1, box_id, 0))

    def _queue(self, person, moment):
        """Put a recipient where their next step is looked for."""
        line = self.lines[person.campaign_id]
        if line.is_manual(person.position):
            opens = line.next_open(max(person.due_at or moment, moment), person.zone)
            if opens is not None:
                heappush(self.events, (opens, 0, line.id, person.id))
            return
        if person.mailbox_id is None:
            queue = self.new[line.id].setdefault(person.zone, _Queue())
            queue.add(person.id, person.domain)
        elif person.mailbox_id in self.bound:
            queue = self.bound[person.mailbox_id].setdefault((line.id, person.zone), _Queue())
            queue.add((person.due_at or self.start, person.id), person.domain)

    def _manual(self, moment, recipient_id):
        person = self.people[recipient_id]
        line = self.lines[person.campaign_id]
        box_id = person.mailbox_id or assigned(line.boxes, recipient_id)
        self._next(person, line, moment, box_id)
        if box_id in self.boxes:
            self._wake(box_id, self.people[recipient_id].due_at or moment)
        return Planned(moment, None, line.id, recipient_id, person.position)

    def _next(self, person, line, moment, box_id):
        step = line.after(person.position)
        person = person._replace(mailbox_id=box_id)
        if step is not None:
            person = person._replace(position=step.position, due_at=line.due(step, moment, person.zone))
            self._queue(person, moment)
        self.people[person.id] = person

    def _turn(self, box, moment):
        later = []
        found = self._follow_up(box, moment, later) or self._first_mail(box, moment, later)
        if found is None:
            if later:
                self._wake(box.id, min(later))
            return None
        queue, line, recipient_id, domain = found
        queue.take(domain)
        day = day_in(box.zone, moment)
        sent = self.sent[box.id]
        sent[day] = sent.get(day, 0) + 1
        self.turn[box.id] = moment + box.gap_after(day, sent[day])
        if box.domain_per_hour:
            self.domains[box.id][domain] = moment + box.domain_gap
        self.line_turn[line.id] = moment + line.interval
        person = self.people[recipient_id]
        self._next(person, line, moment, box.id)
        self._wake(box.id, self.turn[box.id])
        return Planned(moment, box.id, line.id, recipient_id, person.position)

    def _follow_up(self, box, moment, later):
        best = None
        for (line_id, zone), queue in self.bound[box.id].items():
            line = self.lines[line_id]
            head, free_at = self._look(box, line, zone, queue, moment, later)
            if free_at:
                later.append(free_at)
            if head is None:
                continue
            (due_at, recipient_id), domain = head
            if due_at > moment:
                later.append(due_at)
            elif best is None or (due_at, recipient_id) < best[0]:
                best = (due_at, recipient_id), (queue, line, recipient_id, domain)
        return best and best[1]

    def _first_mail(self, box, moment, later):
        for line in self.lines.values():
            if box.id not in line.boxes:
                continue
            best = None
            for zone, queue in self.new[line.id].items():
                head, free_at = self._look(box, line, zone, queue, moment, later)
                if free_at:
                    later.append(free_at)
                if head and (best is None or head[0] < best[2]):
                    best = (queue, line, *head)
            if best:
                return best
        return None

    def _look(self, box, line, zone, queue, moment, later):
        """What _Queue.look() finds, if anything may leave on this line now; else when it may goes to `later`."""
        if not queue.of_domain:
            return None, None
        opens = line.next_open(max(moment, self.line_turn[line.id]), zone)
        if opens is None:
            return None, None
        if opens > moment:
            later.append(opens)
            return None, None
        return queue.look(self.domains[box.id], moment)
