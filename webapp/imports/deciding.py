"""What becomes of each row of a batch: a new lead, a change to one that is here, or a reason."""

from webapp.accounts.models import Assignment
from webapp.core.errors import Invalid
from webapp.leads.models import ActivityKind, Stage

from .addresses import is_role, is_throwaway
from .batches import Ended
from .extras import Extra
from .merging import Change, merge
from .models import Outcome, Policy
from .rows import Known, Row, keys_of
from .shaping import EMAIL, NOBODY, SLOT, is_somebody

NOTE_LETTERS = 2000
SOURCE = SLOT["source"]
NOT_CREATED = "Nobody here matches this row, and only leads that are here are updated."
ROLE = "The address is that of a role, not of a person. Such rows are left out, as you chose."
THROWAWAY = "The address is a throw-away one. Such rows are left out, as you chose."
NOT_GIVEN = "only who sees all leads may give them to somebody else"
UNWELCOME = "The address is on the suppression list: this person must not be written to."


def shape(shaper, numbered):
    """[(number, cells, Shaped, or the Invalid that says why not)] of numbered rows."""
    shaped = []
    for number, cells in numbered:
        try:
            shaped.append((number, cells, shaper(cells)))
        except Invalid as error:
            shaped.append((number, cells, error))
    return shaped


def write_batch(batch, shaped):
    """Write what becomes of the rows that shape() gave, in the caller's transaction."""
    waiting, tags = [], batch.options["tags"]
    for number, cells, lead in shaped:
        if isinstance(lead, Invalid):
            batch.counts[Outcome.FAILED] += 1
            batch.ended.append(Ended(number, Outcome.FAILED, cells, str(lead)))
            continue
        if lead.extra and batch.sees is not None:
            _keep_in_sight(batch, lead)
        if tags:
            lead.extra = lead.extra or Extra()
            lead.extra.names = [*lead.extra.names, *tags]
        waiting.append(Row(number, cells, lead, batch.key))
    while waiting:
        waiting = _write_round(batch, waiting)
        _write_changes(batch)
    batch.store.insert_outcomes(batch.ended)


def _keep_in_sight(batch, lead):
    """Who does not see all leads gives none to somebody else: the owner that a row names is left out."""
    if lead.extra.owner not in (None, batch.sees["user"]):
        name = batch.members.get(lead.extra.owner, "")
        lead.left_out.append((batch.imported.mapping.index("owner"), "Owner", name, NOT_GIVEN))
    lead.extra.owner = None


def _write_round(batch, rows):
    """Create who is new, change who is not. Returns rows whose lead a row above has just given another address."""
    known = batch.store.known(rows)
    batch.store.hold({lead.id for lead in known.values()})
    fresh, again, taken = [], [], set()
    unwelcome = _unwelcome(batch, rows)
    for row in rows:
        if row.meets(known) or row.meets(taken):
            again.append(row)
        elif _left_out(batch, row, unwelcome):
            continue
        else:
            fresh.append(row)
        taken.update(row.keys)
    _create(batch, fresh, known if again else None)
    _look_at(batch, again, known)
    return [row for row in again if not _meet(batch, row, known)]


def _unwelcome(batch, rows):
    if batch.options["suppressed"]:
        return frozenset()
    return batch.store.suppressed([row.email for row in rows if row.email])


def _left_out(batch, row, unwelcome):
    """Whether the person of a row, who is not here, does not become a lead; the row has ended then."""
    if not batch.options["create"]:
        batch.end(Outcome.SKIPPED, row, NOT_CREATED)
    elif not is_somebody(row.values):
        batch.end(Outcome.FAILED, row, NOBODY)
    elif row.email in unwelcome:
        batch.end(Outcome.SUPPRESSED, row, UNWELCOME)
    elif row.email and batch.options["leave_role"] and is_role(row.email):
        batch.end(Outcome.SKIPPED, row, ROLE)
    elif row.email and batch.options["leave_throwaway"] and is_throwaway(row.email):
        batch.end(Outcome.SKIPPED, row, THROWAWAY)
    else:
        return False
    return True


def _create(batch, fresh, known):
    """Insert the leads of `fresh`, with what belongs to them, and add them to `known` for rows that come again."""
    for row in fresh:
        row.values[SOURCE] = row.values[SOURCE] or batch.options["source"]
    owners, center_id = batch.owners_of(fresh), batch.center and batch.center.id
    ids = batch.store.insert_leads(fresh, owners=owners, center_id=center_id, moment=batch.moment)
    batch.counts[Outcome.CREATED] += len(fresh)
    for row, owner in zip(fresh, owners, strict=True):
        if known is not None:
            about = (batch.imported.id, row.number, owner, center_id, row.stage.value)
            lead = Known(ids[row.number], *about, *row.person, list(row.values), row.key)
            for key in batch.key.keys_of(lead):
                known.setdefault(key, lead)
        if row.left_out:
            _note_left_out(batch, row, ids[row.number])
        if row.extra:
            batch.extras.give(ids[row.number], row.extra)
            _note(batch, row.extra.note, ids[row.number])
    if batch.center and batch.center.assignment is not Assignment.NONE:
        unowned = [ids[row.number] for row, owner in zip(fresh, owners, strict=True) if owner is None]
        batch.store.assign(batch.center, unowned)


def _note_left_out(batch, row, lead_id):
    """Cells that no field can hold are kept on the lead's timeline: nothing is lost silently."""
    cells = "; ".join(f"{label or 'Beyond the columns'}: “{text}”" for _, label, text, _ in row.left_out)
    text = f"Left out by the import of {batch.imported.filename}, row {row.number}. {cells}"[:NOTE_LETTERS]
    _note(batch, text, lead_id)


def _note(batch, text, lead_id):
    """A note of the import's own: it says so, so that an undo knows that nobody else wrote it."""
    if text:
        batch.notes.add((lead_id, text))
        batch.activities.append((lead_id, ActivityKind.NOTE.value, {"text": text, "import_id": batch.imported.id}))


def _look_at(batch, again, known):
    """Look up, all at once, what the leads of these rows have besides their fields, and which rows met them above."""
    met = {row: lead for row in again if (lead := batch.key.find(row, known))}
    ids = {lead.id for lead in met.values() if lead.origin_id != batch.imported.id}
    batch.touched |= batch.store.touched(ids - batch.touched.keys())
    batch.extras.load({lead.id for row, lead in met.items() if row.extra})
    noted = [lead.id for row, lead in met.items() if row.extra and row.extra.note]
    batch.notes |= batch.store.notes(noted) if noted else set()


def _meet(batch, row, known):
    """A row about a lead that is here already, from before or from a row above. False when it is not after all."""
    lead = batch.key.find(row, known)
    if lead is None:
        holder = known.get(row.email) if row.key else None
        if holder:
            batch.end(Outcome.FAILED, row, _taken(batch, holder))
        return holder is not None
    above = lead.origin_row if lead.origin_id == batch.imported.id else batch.touched.get(lead.id)
    if not batch.may_change(lead):
        batch.end(Outcome.SKIPPED, row, "This is already a lead of a colleague.")
        return True
    batch.touched.setdefault(lead.id, row.number)
    change = Change()
    if batch.policy is not Policy.SKIP:
        holder = known.get(row.email) if row.key and row.email else None
        if holder and holder is not lead and _takes_address(batch, lead):
            batch.end(Outcome.FAILED, row, _taken(batch, holder))
            return True
        change = _change(batch, lead, row)
        batch.key.learn(row, lead)
    _tell(batch, row, lead, change, above)
    if "email" in change.after:
        known[row.email] = lead
    return True


def _takes_address(batch, lead):
    """Whether a row that was found by something else than its address would give the lead another one."""
    return not lead.values[EMAIL] or batch.overwriting.slots[EMAIL]


def _taken(batch, holder):
    where = f"row {holder.origin_row} of this file" if holder.origin_id == batch.imported.id else "another lead here"
    return f"The address “{holder.values[EMAIL]}” is that of {where}. Correct it, or match rows by e-mail."


def _tell(batch, row, lead, change, above):
    """End a row that met a lead, with what it changed there."""
    nothing = "" if change.told else ", with nothing new"
    if above:
        outcome, reason = Outcome.DUPLICATE, f"The same person as row {above} of this file{nothing}."
    elif batch.policy is Policy.SKIP:
        outcome, reason = Outcome.UNCHANGED, "Already a lead. It was left as it is."
    else:
        outcome, reason = (Outcome.UPDATED, "") if change.told else (Outcome.UNCHANGED, f"Already a lead{nothing}.")
    rest = {"before": change.before, "after": change.after, "told": change.told, "above": above}
    if batch.policy is not Policy.SKIP:
        reason = f"{reason} {_not_kept(row)}".strip()
    batch.end(outcome, row, reason, lead_id=lead.id, **rest)
    if change.told:
        batch.changed[lead.id] = lead
    if (told := change.data())["changes"]:
        imported = batch.imported
        data = {"import_id": imported.id, "filename": imported.filename, "row": row.number, **told}
        batch.activities.append((lead.id, ActivityKind.IMPORTED.value, data))


def _not_kept(row):
    """What is said of cells that no field of a lead that is here can hold; on a new lead's timeline is a note."""
    cells = (f"{label or 'Beyond the columns'} “{text}” ({why})" for _, label, text, why in row.left_out)
    return f"Not kept: {'; '.join(cells)}." if row.left_out else ""


def _change(batch, lead, row):
    """Change a lead that is here by its row: the Change."""
    change, overwriting = Change(), batch.overwriting
    for name, (old, new) in merge(
        lead.values, row.values, overwriting.slots, takes_address=row.key is not None
    ).items():
        change.add(name, old, new)
    if row.extra:
        batch.extras.load([lead.id])
        told, change.custom, before, after = batch.extras.merge(lead.id, row.extra, overwriting.wins)
        change.told |= told
        change.before |= before
        change.after |= after
        _change_owner(batch, lead, row.extra.owner, change)
        _change_stage(batch, lead, row.extra.stage, change)
        if row.extra.note and (lead.id, row.extra.note) not in batch.notes:
            change.add("note", "", row.extra.note)
            _note(batch, row.extra.note, lead.id)
    return change


def _change_owner(batch, lead, owner_id, change):
    if not owner_id or owner_id == lead.owner_id or batch.sees is not None:
        return
    if lead.owner_id is None or batch.overwriting.wins("owner"):
        change.told["owner"] = [batch.members.get(lead.owner_id, ""), batch.members[owner_id]]
        change.ids["owner"] = [lead.owner_id, owner_id]
        change.before["owner"], change.after["owner"] = lead.owner_id, owner_id
        lead.owner_id = owner_id


def _change_stage(batch, lead, stage, change):
    """A lead always has a stage, so that of a row is taken only where the row wins."""
    if stage and stage.value != lead.stage and batch.overwriting.wins("stage"):
        change.told["stage"] = [Stage(lead.stage).label, stage.label]
        change.before["stage"], change.after["stage"] = lead.stage, stage.value
        data = {"from": lead.stage, "to": stage.value, "import_id": batch.imported.id}
        batch.activities.append((lead.id, ActivityKind.STAGE.value, data))
        for ids in batch.moved.values():
            if lead.id in ids:
                ids.remove(lead.id)
        batch.moved.setdefault(stage, []).append(lead.id)
        lead.stage = stage.value


def _write_changes(batch):
    changed = []
    for lead in batch.changed.values():
        lead.company_key, lead.name_key, text = keys_of(lead.values)
        changed.append((lead, text))
    batch.store.update_leads(changed, batch.moment)
    batch.store.move_leads(batch.moved, batch.moment)
    for lead_id, what in batch.extras.write():
        _note(batch, f"Left out by the import of {batch.imported.filename}. {what}"[:NOTE_LETTERS], lead_id)
    batch.store.insert_activities(batch.activities, batch.moment)
    batch.changed.clear()
    batch.moved.clear()
    batch.activities.clear()
