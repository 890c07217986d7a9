"""A workspace as a team of twelve has it after two years, of any size: what bench/scale.py asks pages of.

Names, companies, sources and stages are skewed as real ones are; leads came in by files of a thousand or so. What a
page shows is there in every size: at least a page of the common, exactly RARE of the rare.
"""

import random
from bisect import bisect
from datetime import timedelta
from itertools import accumulate

from db import db, is_sqlite
from webapp.accounts import centers, workspaces
from webapp.accounts.members import member_of
from webapp.accounts.models import Reach, Role, User, Workspace
from webapp.core.clock import now, stamp
from webapp.core.text import fold
from webapp.leads import custom_fields
from webapp.leads.field_models import CustomField, Tag
from webapp.leads.models import Lead, with_keys
from webapp.onboarding.sign_up import sign_up

BATCH = 1000
FILES = 500  # that leads came in by
RARE = 20
PEOPLE = ("Bench Person", "Olga Own", "Cem Centers", *(f"Colleague {letter}" for letter in "ABCDEFGHI"))
CENTERS = ("Berlin", "Madrid", "Paris", "Oslo", "Wien")
FIRST = (
    "Ada", "Boris", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Inés", "Jonas", "Katarzyna", "Luis", "Marta",
    "Nadia", "Olivier", "Paula", "Quentin", "Rosa", "Søren", "Teresa", "Ulrich", "Vera", "Wiktor", "Xenia", "Yusuf",
)  # fmt: skip
SYLLABLES = [first + last for first in "klmrtbvdsg" for last in ("a", "o", "in", "er")]
ENDINGS = ("Labs", "Foods", "Logistics", "Systems", "Health", "Energy", "Media", "Partners", "GmbH", "& Co")
TITLES = ("Head of Sales", "CTO", "VP Marketing", "Procurement Manager", "Managing Director", "Purchasing Lead")
COUNTRIES = ("Germany", "Spain", "France", "Italy", "Austria", "Poland", "Sweden", "Norway", "Portugal", "")
INDUSTRIES = ("Software", "Health", "Industrials", "Energy", "Retail", "Media", "Transport", "")
SOURCES = ("Apollo export", "Trade fair", "Website", "Referral", "LinkedIn")
STAGES = ("new", "contacted", "replied", "converted", "lost")
REACHED = {"contacted": 1, "replied": 2, "converted": 3, "lost": 1}
TAGS = ("hot", "newsletter", "partner", "event 2026", "call back", "no budget")
TODOS = (("call", "Call back"), ("email", "Send the offer"), ("task", "Check the figures"))
COLUMNS = (
    "id", "workspace_id", "company", "first_name", "last_name", "title", "email", "phone", "website", "domain",
    "linkedin", "industry", "employees", "city", "region", "country", "source", "value", "owner_id", "center_id",
    "stage", "stage_changed_at", "contacted_at", "replied_at", "converted_at", "lost_at", "next_due_at", "next_step",
    "next_kind", "touched_at", "created_at", "deleted_at", "company_key", "name_key", "search_text",
)  # fmt: skip


def make_workspace(count, password):
    """Fill the open, migrated database; returns the owner, who sees all leads."""
    user, workspace = sign_up(
        full_name=PEOPLE[0], email="bench@galena.example", password=password, workspace_name="Bench"
    )
    quickly()
    made = Made(member_of(workspace, user), count)
    for start in range(0, count, BATCH):
        with db.atomic():
            made.write(range(start + 1, min(start + BATCH, count) + 1))
    with db.atomic():
        made.write_rare()
    db.execute_sql("PRAGMA optimize" if is_sqlite() else "VACUUM ANALYZE")
    return made.owner


def quickly():
    """This connection fills a database that nobody else has open."""
    if is_sqlite():
        for pragma in ("synchronous = off", "cache_size = -1000000"):
            db.execute_sql(f"PRAGMA {pragma}")
    else:
        db.execute_sql("SET synchronous_commit = off")
        db.execute_sql("SET work_mem = '64MB'")


def working_hour(moment):
    """The same day between nine and five."""
    return moment.replace(hour=9 + moment.hour % 8)


def is_there():
    return Workspace.select().exists()


def people():
    """{name: Member} of the three who ask: one sees all leads, one their own, one those of a center."""
    workspace = Workspace.get()
    users = User.select().where(User.full_name.in_(PEOPLE[:3]))
    return {user.full_name: member_of(workspace, user) for user in users}


class Skewed:
    """choose() gives the first of `values` most often, each next one less."""

    def __init__(self, values, dice, shares=None):
        self.values, self.dice = values, dice
        self.sums = list(accumulate(shares or [1 / (place + 1) for place in range(len(values))]))

    def choose(self):
        return self.values[bisect(self.sums, self.dice.random() * self.sums[-1])]


class Made:
    """Makes the rows of a workspace and writes them; the same for the same size, whatever the day."""

    def __init__(self, owner, count):
        self.owner, self.workspace, self.count = owner, owner.workspace, count
        self.dice, self.moment = random.Random(4), now()
        self._people()
        self._words()
        self.last, self.looked_at = None, 0

    def _people(self):
        workspace, users = self.workspace, [self.owner.user_id]
        homes = [centers.create_center(workspace, name) for name in CENTERS]
        for number, name in enumerate(PEOPLE[1:], 1):
            reach = {1: Reach.OWN, 2: Reach.CENTERS}.get(number, Reach.ALL)
            email = f"person{number}@galena.example"
            user = workspaces.create_user(full_name=name, email=email, password_hash="")
            workspaces.add_member(workspace, user, role=Role.MEMBER, reach=reach)
            centers.put_in(homes[number % len(homes)], user.id, actor=self.owner)
            users.append(user.id)
        home_of = {user: homes[number % len(homes)].id for number, user in enumerate(users)}
        self.home_of = {**home_of, None: None}
        self.owners = Skewed([users[0], None, *users[1:]], self.dice, [5, 3, 3, 3, *([1] * (len(users) - 3))])

    def _words(self):
        dice = self.dice

        def name(syllables):
            return "".join(dice.choices(SYLLABLES, k=syllables)).capitalize()

        self.lasts = Skewed(["Jansen", *(name(3) for _ in range(5000))], dice, [40, *([1] * 5000)])
        self.companies = [f"{name(3)} {dice.choice(ENDINGS)}" for _ in range(max(200, self.count // 4))]
        self.stages = Skewed(STAGES, dice, [60, 22, 8, 4, 6])
        self.countries, self.industries = Skewed(COUNTRIES, dice), Skewed(INDUSTRIES, dice)
        self.cities = Skewed([name(2) for _ in range(60)], dice)
        self.sources = Skewed(SOURCES, dice)
        self.tags = [Tag.create(workspace=self.workspace, name=text, name_key=text).id for text in (*TAGS, "rare")]
        fields = (("Plan", "choice", ("Gold", "Silver", "Bronze")), ("Seats", "number", ()), ("Renewal", "date", ()))
        for name_, kind, options in fields:
            custom_fields.create_field(self.workspace, name_, kind, options, actor=self.owner)
        self.fields = [row.id for row in CustomField.of(self.workspace).order_by(CustomField.id)]

    # ------------------------------------------------------------------ rows

    def write(self, numbers):
        leads, around = [], {"todo": [], "lead_tag": [], "custom_value": [], "activity": []}
        for number in numbers:
            lead = self.lead(number)
            leads.append([lead[column] for column in COLUMNS])
            self.beside(lead, around)
        copy_in("lead", COLUMNS, leads)
        for table, rows in around.items():
            copy_in(table, _BESIDE[table], rows)
        if not is_sqlite():
            db.execute_sql(f"SELECT setval('lead_id_seq', {numbers[-1]})")
            if numbers[-1] >= self.looked_at * 2:  # by what it believes of an empty table the triggers read all of it
                self.looked_at = numbers[-1]
                db.execute_sql("ANALYZE lead")

    def lead(self, number):
        dice = self.dice
        fields = self.last if number % 20 == 0 else self.person(number)
        if number % 20 == 0:  # looks like the one before
            fields = {**fields, "email": fields["email"].replace("@", "+old@")}
        self.last = fields
        file = max(self.count // FILES, 20)
        days = 730 * (1 - (number - number % file) / self.count)
        created = working_hour(self.moment - timedelta(days=days, hours=12)) + timedelta(milliseconds=number % file)
        touched = min(
            created + timedelta(minutes=dice.randrange(300_000)), self.moment - timedelta(minutes=number % 997)
        )
        stage, owner = self.stages.choose(), self.owners.choose()
        return {
            **with_keys(fields),
            "id": number,
            "workspace_id": self.workspace.id,
            "value": dice.choice((0, 0, 1, 2, 5, 8, 12, 20, 35, 60)) * 500 + (dice.randrange(500) if number % 3 else 0),
            "employees": dice.choice((3, 12, 40, 120, 600, 4000)) + dice.randrange(10) if number % 5 > 1 else None,
            "owner_id": owner,
            "center_id": self.home_of[owner] if number % 10 else None,
            "stage": stage,
            "stage_changed_at": stamp(created if stage == "new" else touched),
            **self.reached(stage, created, touched),
            **self.next_todo(number),
            "touched_at": stamp(touched),
            "created_at": stamp(created),
            "deleted_at": stamp(touched) if number % 16 == 6 else None,
        }

    def person(self, number):
        dice = self.dice
        company = dice.choice(self.companies)
        first, last = dice.choice(FIRST), self.lasts.choose()
        domain = f"{fold(company).replace(' ', '').replace('&', '')}.example"
        fields = {
            "company": company, "first_name": first, "last_name": last, "title": dice.choice(TITLES),
            "email": f"{fold(first)}.{fold(last)}.{number}@{domain}", "phone": f"+1 555 {number:07d}",
            "website": f"https://www.{domain}", "domain": domain, "linkedin": "",
            "industry": self.industries.choose(), "city": self.cities.choose(), "region": "",
            "country": self.countries.choose(), "source": self.sources.choose(),
        }  # fmt: skip
        if number == self.count // 2 + 1:
            fields |= {"company": "Unmistakable Goods", "first_name": "Only", "last_name": "Wanderlust"}
            fields |= {"email": "the.one@unmistakable.example", "domain": "unmistakable.example", "country": "Germany"}
        return fields

    def reached(self, stage, created, touched):
        """When each stage was first reached."""
        far, times = REACHED.get(stage, 0), dict.fromkeys(("contacted_at", "replied_at", "converted_at", "lost_at"))
        for step, name in enumerate(("contacted_at", "replied_at", "converted_at"), 1):
            if step <= far:
                times[name] = stamp(working_hour(created + (touched - created) * step / (far + 1)))
        return times | ({"lost_at": stamp(touched)} if stage == "lost" else {})

    def next_todo(self, number):
        if number % 4 != 1:
            return {"next_due_at": None, "next_step": "", "next_kind": ""}
        kind, title = TODOS[number % 3]
        soonest = -20_000 if number <= 1000 else 3_000  # a team has as much to do today, however many leads there are
        due = self.moment + timedelta(minutes=self.dice.randrange(soonest, 60_000))
        return {"next_due_at": stamp(due), "next_step": title, "next_kind": kind}

    def beside(self, lead, around):
        """Its to-do, tags, fields of the workspace's own, and timeline."""
        number, dice, workspace, owner = lead["id"], self.dice, self.workspace.id, lead["owner_id"]
        created = lead["created_at"]
        if lead["next_due_at"]:
            done = (lead["next_kind"], lead["next_step"], owner, lead["next_due_at"], True, created)
            around["todo"].append((workspace, number, *done))
        for place, tag in enumerate(self.tags[:-1]):
            if dice.random() < 0.3 / (place + 1):
                around["lead_tag"].append((number, tag))
        plan, seats, renewal = self.fields
        if number % 5 < 2:
            text = dice.choice(("Gold", "Silver", "Silver", "Bronze", "Bronze", "Bronze"))
            around["custom_value"].append((plan, number, text, text.lower(), None))
        if number % 3 == 0:
            seats_text = str(dice.randrange(1, 500))
            around["custom_value"].append((seats, number, seats_text, seats_text, float(seats_text)))
        if number % 7 == 0:
            text = str((self.moment + timedelta(days=dice.randrange(-200, 400))).date())
            around["custom_value"].append((renewal, number, text, text, None))
        timeline = around["activity"]
        timeline.append((workspace, number, owner, "created", "{}", created, ""))
        if lead["contacted_at"]:
            moved = f'{{"from":"new","to":"{lead["stage"]}"}}'
            timeline.append((workspace, number, owner, "stage", moved, lead["stage_changed_at"], ""))
        if number % 10 == 3:
            text = f"{dice.choice(FIRST)} called about the {dice.choice(('offer', 'contract', 'visit'))} {number}."
            note = f'{{"text":"{text}"}}'
            timeline.append((workspace, number, owner, "note", note, lead["touched_at"], fold(text)))

    def write_rare(self):
        """What is as rare in any size: a country, an industry, a tag, one note."""
        step = max(self.count // RARE, 1)
        alive = Lead.of(self.workspace).select(Lead.id).where(Lead.deleted_at.is_null())
        ids = [alive.where(Lead.id > step * place).order_by(Lead.id).first().id for place in range(RARE)]
        for column, value in (("country", "Iceland"), ("industry", "Falconry")):
            Lead.update({column: value}).where(Lead.id.in_(ids)).execute()
        copy_in("lead_tag", _BESIDE["lead_tag"], [(lead_id, self.tags[-1]) for lead_id in ids])
        note = (self.workspace.id, ids[1], self.owner.user_id, "note", '{"text":"They saw a zebra."}')
        copy_in("activity", _BESIDE["activity"], [(*note, stamp(self.moment), "they saw a zebra.")])


_BESIDE = {
    "todo": ("workspace_id", "lead_id", "kind", "title", "assignee_id", "due_at", "timed", "created_at"),
    "lead_tag": ("lead_id", "tag_id"),
    "custom_value": ("field_id", "lead_id", "text", "key", "number"),
    "activity": ("workspace_id", "lead_id", "actor_id", "kind", "data", "created_at", "search_text"),
}


def copy_in(table, columns, rows):
    """Insert `rows`: executemany on SQLite, COPY on Postgres."""
    names = ", ".join(columns)
    if is_sqlite():
        sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
        db.obj.cursor().executemany(sql, rows)
        return
    with db.obj.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
