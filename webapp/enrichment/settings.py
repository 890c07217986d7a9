"""How a workspace enriches: which stages there are, how long a fact counts as fresh, and what the model may use."""

from db import db
from webapp.accounts import audit
from webapp.config import current
from webapp.core.errors import Invalid

from .models import EnrichmentSettings, WaterfallStage

BOUNDS = {  # name: (label, least, most, whether nothing may be said, which is no limit)
    "refresh_days": ("Days until a fact is old", 1, 3650, False),
    "pause_ms": ("Pause between two companies", 0, 60_000, False),
    "calls_per_company": ("Calls for a company", 1, 50, False),
    "tokens_per_company": ("Tokens for a company", 1, 2_000_000, False),
    "seconds_per_company": ("Seconds for a company", 5, 600, False),
    "cost_per_company": ("Cost of a company", 1, 10**12, True),
    "tokens_per_day": ("Tokens a day", 1, 2_000_000_000, False),
    "cost_per_day": ("Cost of a day", 1, 10**15, True),
}


def settings_of(workspace):
    """The EnrichmentSettings of a workspace (or of the one with this id); the defaults where nobody changed any."""
    return EnrichmentSettings.of(workspace).first() or EnrichmentSettings(workspace=workspace)


def open_stages(settings):
    """The WaterfallStages that can work: those that are on, the model only where an endpoint is configured."""
    on = [stage for stage in WaterfallStage if stage in settings.stages]
    return [stage for stage in on if stage is not WaterfallStage.MODEL or current().llm]


def save_settings(values, *, actor):
    """Keep `values`, {"stages": [names], a name of BOUNDS: a whole number or None}. Raises Invalid."""
    checked = {name: _whole(name, values[name]) for name in BOUNDS if name in values}
    if "stages" in values:
        checked["stages"] = [stage.value for stage in WaterfallStage if stage in values["stages"]]
        if not checked["stages"]:
            raise Invalid("Leave at least one source on.", "stages")
    with db.atomic():
        before = settings_of(actor.workspace.id)
        changes = {name: [getattr(before, name), value] for name, value in checked.items()}
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            insert = EnrichmentSettings.insert(workspace=actor.workspace.id, **checked)
            target = [EnrichmentSettings.workspace]
            insert.on_conflict(conflict_target=target, update=checked).execute()
            told = {"workspace": actor.workspace, "changes": changes}
            audit.record(actor, "enrichment.settings_changed", actor.workspace.name, **told)
    return settings_of(actor.workspace.id)


def _whole(name, value):
    label, least, most, optional = BOUNDS[name]
    if value is None and optional:
        return None
    if type(value) is not int or not least <= value <= most:
        raise Invalid(f"{label}: give a whole number from {least:,} to {most:,}.", name)
    return value
