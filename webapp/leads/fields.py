"""The fields of a lead that a person fills in: what each is called, and how what was typed becomes what is kept."""

from dataclasses import dataclass

from webapp.core.errors import Invalid

from .cleaning import clean_email, clean_phone, clean_website

TEXT_LENGTH = 255
LARGEST = {"value": 10**15, "employees": 10**8}


@dataclass(frozen=True)
class LeadField:
    label: str
    clean: callable = str.strip
    kind: str = "text"  # text, email, tel, url, number; choice: the id of a row, or none


def _linkedin(text):
    site = clean_website(text)
    if site and "linkedin." not in site.lower():
        raise Invalid("That is not a LinkedIn address. It looks like linkedin.com/in/name.")
    return site


FIELDS = {
    "first_name": LeadField("First name"),
    "last_name": LeadField("Last name"),
    "title": LeadField("Title"),
    "email": LeadField("E-mail", clean_email, "email"),
    "phone": LeadField("Phone", clean_phone, "tel"),
    "linkedin": LeadField("LinkedIn", _linkedin, "url"),
    "company": LeadField("Company"),
    "website": LeadField("Website", clean_website, "url"),
    "industry": LeadField("Industry"),
    "employees": LeadField("Employees", kind="number"),
    "city": LeadField("City"),
    "region": LeadField("Region"),
    "country": LeadField("Country"),
    "source": LeadField("Source"),
    "value": LeadField("Value", kind="number"),
    "owner": LeadField("Owner", kind="choice"),
    "center": LeadField("Center", kind="choice"),
}


def cleaned(fields):
    """`fields` (what was typed, by name) as they are kept. Raises Invalid at the first that cannot be."""
    return {name: _cleaned(name, value) for name, value in fields.items() if name in FIELDS}


def _cleaned(name, value):
    field = FIELDS[name]
    if field.kind == "choice":
        return value
    if field.kind == "number":
        return _number(name, value)
    try:
        text = field.clean((value or "").replace("\0", ""))
    except Invalid as error:
        raise Invalid(str(error), name) from None
    if len(text) > TEXT_LENGTH:
        raise Invalid(f"Keep it under {TEXT_LENGTH + 1} characters; this is {len(text)}.", name)
    return text


def _number(name, value):
    if value is None:
        return 0 if name == "value" else None
    if not 0 <= value <= LARGEST[name]:
        raise Invalid(f"Write a whole number from 0 to {LARGEST[name]:,}.", name)
    return value
