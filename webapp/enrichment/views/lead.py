"""What is known of a lead's company: beside the lead's page, which loads it, or as a page of its own."""

from flask import request, url_for
from flask_login import current_user

from webapp.core.errors import NotFound
from webapp.leads.queries import get_lead
from webapp.leads.views.lead import lead_context
from webapp.leads.views.shared import around as around_leads
from webapp.leads.views.shared import chosen_filter, lead_address
from webapp.web.guards import needs
from webapp.web.hypermedia import page, parts

from .. import facts, jobs, on_lead
from ..claims import METHODS
from .shared import bp
from .steering import may_begin


@bp.get("/leads/<int:lead_id>")
@needs("view")
def lead(lead_id):
    """Asked for by a lead's page, and by itself again while the company is looked up."""
    found = get_lead(current_user, lead_id)
    known = on_lead.known_of(found)
    over = "watching" in request.args and not known.works
    news = on_lead.written(found, known.result) if over else ()
    return page("enrichment/lead.html", "changed", **shown(found, known, news, whole=over))


@bp.post("/leads/<int:lead_id>")
@needs("write")
def enrich(lead_id):
    found = get_lead(current_user, lead_id)
    company = on_lead.known_of(found).company
    may_begin()
    jobs.enrich_lead(current_user._get_current_object(), found, refreshes=bool(company and company.enriched_at))
    return answer(found, ())


@bp.post("/leads/<int:lead_id>/facts/<int:fact_id>/keep")
@needs("write")
def keep_on_lead(lead_id, fact_id):
    return decided(lead_id, fact_id, facts.keep_fact)


@bp.post("/leads/<int:lead_id>/facts/<int:fact_id>/remove")
@needs("write")
def remove_on_lead(lead_id, fact_id):
    return decided(lead_id, fact_id, facts.reject)


def decided(lead_id, fact_id, verb):
    """Say by `verb` whether a fact of the company where the lead is, is right. Raises NotFound."""
    before = get_lead(current_user, lead_id)
    fact, company = facts.get_fact(current_user, fact_id), on_lead.known_of(before).company
    if company is None or fact.company_id != company.id:
        raise NotFound("That fact is not of this lead’s company.")
    verb(current_user._get_current_object(), fact)
    after = get_lead(current_user, lead_id)
    return answer(after, on_lead.changed(before, after))


def answer(found, news):
    """The panel as it is now; beside a lead's page also what of that changed."""
    told = shown(found, on_lead.known_of(found), news, whole=bool(news))
    own = url_for("enrichment.lead", lead_id=found.id)
    back = lead_address(found.id, chosen_filter()) if told["beside"] else own
    return parts("enrichment/lead.parts.html", back, **told)


def shown(found, known, news, *, whole):
    """What the panel shows; with `whole` what stands around it on the lead’s page, whose fields `news` changed."""
    chosen, beside = chosen_filter(), "beside" in request.values
    pairs = [(name, text) for name, text in chosen.pairs() if text] + [("beside", "1")]
    around = {**lead_context(found, chosen), **around_leads()} if whole and beside else {}
    asked = {name: tuple(text for key, text in pairs if key == name) for name, _ in pairs} if beside else {}
    told = {"lead": found, "chosen": chosen, "known": known, "news": news, "methods": METHODS, "section": "leads"}
    return {**around, **told, "beside": beside, "whole": whole and beside, "asked": asked}
