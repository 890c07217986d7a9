"""Conflicts as writing.py leaves them: one that waits for each field of a lead where a person said otherwise."""

from webapp.core.clock import now
from webapp.core.prepared import Prepared
from webapp.leads.holding import among_text, ids_text
from webapp.leads.models import Activity, ActivityKind

from .models import Conflict, ConflictState, Fact

TOLD = 20  # entries of a lead that are looked at


def note(workspace_id, leads, columns, doubts):
    """Write down what has to be decided, in a transaction that holds the leads. `doubts` is {(lead id, a lead's field):
    (Fact, what stands there)} of all that has to be in these fields: what waited for another reason is gone. What was
    rejected for a lead is not asked again.
    """
    ids = [lead.id for lead in leads]
    if not ids or not columns:
        return
    waiting, refused = [], set()
    for one in _disputed(leads=ids_text(ids)):
        if one.field in columns and one.state is ConflictState.WAITING:
            waiting.append(one)
        elif one.field in columns:
            refused.add((one.lead, one.field, one.value_key))
    doubts = {key: doubt for key, doubt in doubts.items() if (*key, doubt[0].value_key) not in refused}
    gone = []
    for one in waiting:
        fact, there = doubts.get((one.lead, one.field), (None, ""))
        if fact and fact.id == one.fact and there == one.lead_value:
            del doubts[one.lead, one.field]
        else:
            gone.append(one.id)
    if gone:
        Conflict.update(state=ConflictState.GONE).where(Conflict.id.in_(gone)).execute()
    new = [
        {"workspace": workspace_id, "lead": lead_id, "fact": fact.id, "field": name, "lead_value": there}
        for (lead_id, name), (fact, there) in doubts.items()
    ]
    if new:
        Conflict.insert_many([one | {"created_at": now()} for one in new]).execute()


@Prepared
def _disputed(*, leads):
    columns = (Conflict.id, Conflict.lead, Conflict.field, Conflict.fact, Conflict.lead_value, Conflict.state)
    query = Conflict.select(*columns, Fact.value_key).join(Fact)
    return query.where(
        among_text(leads, Conflict.lead), Conflict.state.in_((ConflictState.WAITING, ConflictState.REJECTED))
    )


def jobs_told(lead):
    """The ids of the jobs that the newest ENRICHED entries of a lead tell of."""
    query = Activity.select(Activity.data).where(Activity.lead == lead.id, Activity.kind == ActivityKind.ENRICHED)
    return {
        row.data.get("job_id") for row in query.order_by(Activity.created_at.desc(), Activity.id.desc()).limit(TOLD)
    }
