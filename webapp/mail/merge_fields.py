"""Which merge tags a workspace has: those of every lead, who writes, and its own fields by their slugs."""

from webapp.leads.custom import fields_of, texts_of
from webapp.leads.custom_kinds import CustomKind, shown

from .merging import ALL


class Known(dict):
    """{name: label} of all merge tags of a workspace; `own` are its custom Fields by their slugs."""

    def __init__(self, fields=()):
        self.own = {field.slug: field for field in fields}
        super().__init__(ALL, **{field.slug: field.name for field in fields})

    def texts(self, lead_ids, names):
        """{lead id: {slug: text}} of what these leads have in the custom fields among `names`, as mails write it."""
        fields = {field.id: field for slug, field in self.own.items() if slug in names}
        found = texts_of(lead_ids, list(fields.values()))
        return {
            lead_id: {fields[key].slug: _written(fields[key], text) for key, text in had.items()}
            for lead_id, had in found.items()
        }


def known(workspace):
    """The Known of a workspace (a row or its id)."""
    return Known(fields_of(workspace))


def _written(field, text):
    """An address stays whole, so that it is a link; yes and no stand within a sentence."""
    return text if field.kind in (CustomKind.URL, CustomKind.YES_NO) else shown(field, text)
