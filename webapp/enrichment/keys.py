"""By what a company is told apart in a workspace and in a job: its domain, else its name."""

from webapp.core.text import fold

LONGEST = 255


def key_of(domain, name):
    """ "domain:halden.example" or "name:halden studio"; "" where there is neither."""
    if domain:
        return f"domain:{domain}"[:LONGEST]
    name_key = name_key_of(name)
    return f"name:{name_key}"[:LONGEST] if name_key else ""


def name_key_of(name):
    """A company's name as it compares: as Lead.company_key."""
    return fold(name)[:LONGEST]


def key_of_lead(lead):
    """The key of the company where a lead is; "" where nothing tells."""
    return key_of(lead.domain, lead.company)
