"""Which merge tags a workspace has: those of every lead, who writes, its own fields by their slugs, and what enrichment
knows of a lead's company.
"""

from webapp.enrichment import of_leads
from webapp.leads.custom import fields_of, texts_of
from webapp.leads.custom_kinds import CustomKind, shown

from .merging import ALL


class Known(dict):
    """{name: label} of all merge tags of a workspace; `own` are its custom Fields by their slugs."""

    def __init__(self, fields=()):
        self.own = {field.slug: field for field in fields}
        super().__init__(ALL, **{field.slug: field.name for field in fields}, **of_leads.TAGS)

    @property
    def more(self):
        """The names of those that do not stand in a lead's own columns."""
        return self.own.keys() | of_leads.TAGS.keys()

    def texts(self, lead_ids, names):
        """{lead id: {name: text}} of what there is for these leads in the tags of `more` among `names`, as mails write
        it.
        """
        fields = {field.id: field for slug, field in self.own.items() if slug in names}
        made = of_leads.texts_of(lead_ids, names)
        for lead_id, had in texts_of(lead_ids, list(fields.values())).items():
            made.setdefault(lead_id, {}).update(
                {fields[key].slug: _written(fields[key], text) for key, text in had.items()}
            )
        return made


def known(workspace):
    """The Known of a workspace (a row or its id)."""
    return Known(fields_of(workspace))


def _written(field, text):
    """An address stays whole, so that it is a link; yes and no stand within a sentence."""
    return text if field.kind in (CustomKind.URL, CustomKind.YES_NO) else shown(field, text)
