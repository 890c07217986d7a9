"""The waterfall: one source after the other is asked, each only for what is not known well enough yet.

The company's own website comes first, as everything else goes by the domain that it finds; then Wikidata, which also
confirms what the website said; then the model, which costs something and is asked for what is still missing.
"""

from . import model_stage, website, wikidata
from .claims import StageFailed
from .fields import FIELDS
from .finding import found_in
from .merging import agreed, site_of
from .models import WaterfallStage

KNOWN = 80  # confidence from which on a field is known well enough
NOTHING = "Nothing was found."

# what a stage could add; of the others each field
_OF_WIKIDATA = frozenset(
    [
        "company_name", "legal_name", "website", "domain", "description", "industry", "founded", "city", "country",
        "employees", "employee_range", "revenue_range", "investors", "chief_executive", "key_people", "products",
        "linkedin", "social", "email", "phone", "ticker",
    ]
)  # fmt: skip
ADDS = dict.fromkeys(WaterfallStage, frozenset(FIELDS)) | {WaterfallStage.WIKIDATA: _OF_WIKIDATA}


def look_up(subject, *, stages, fields, reader, settings, workspace, reference, report):
    """Let `stages` (WaterfallStages) look up `subject` for `fields`, in the waterfall's order whatever theirs is.

    `report` is called with each stage before it begins; what that raises ends the look-up. `subject.asked` says what
    each stage was asked for, `subject.notes` why one could not work; the next one runs all the same. Raises StageFailed
    when one could not and nothing was found anywhere.
    """
    budget = {"settings": settings, "workspace": workspace, "reference": reference}
    for stage in (stage for stage in WaterfallStage if stage in stages):
        missing = _missing(subject, fields)
        if not missing & ADDS[stage]:
            continue
        due = [name for name in fields if name in ADDS[stage]]
        if stage is WaterfallStage.MODEL:
            due = [name for name in due if name in missing]
        report(stage)
        subject.asked[stage] = due
        try:
            _ask(stage, subject, reader, due, budget)
        except StageFailed as failure:
            subject.notes[stage] = str(failure)
    if subject.notes and not subject.claims and not subject.unsupported:
        raise StageFailed(" ".join(dict.fromkeys(subject.notes.values())) or NOTHING)


def _ask(stage, subject, reader, fields, budget):
    if stage is WaterfallStage.WEBSITE:
        website.look_up(subject, reader, fields=fields)
    elif stage is WaterfallStage.WIKIDATA:
        wikidata.look_up(subject, reader, fields=fields)
    else:
        model_stage.look_up(subject, reader, fields=fields, **budget)


def _missing(subject, fields):
    """Those of `fields` that are not known well enough by what was claimed so far."""
    said = {}
    for found in found_in(subject):
        if found.supported:
            said.setdefault(found.key, []).append((site_of(found.source_url, subject.domain), found.confidence))
    known = {name for (name, _), those in said.items() if agreed(those) >= KNOWN}
    return set(fields) - known
