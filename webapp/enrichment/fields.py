"""The 29 fields of a company that enrichment looks for: what each is called, how its values compare and are shown, and
which field of a lead gets it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class CompanyField:
    """`kind`: text, url, domain, email, phone, year, number, money, date, country, or list (values joined by "; ").
    `lead_field` is the name in leads.fields.FIELDS that it is written to (or "domain"); "" where leads have none.
    """

    label: str
    kind: str = "text"
    lead_field: str = ""


FIELDS = {
    "company_name": CompanyField("Company name", lead_field="company"),
    "legal_name": CompanyField("Legal name"),
    "website": CompanyField("Website", "url", "website"),
    "domain": CompanyField("Domain", "domain"),
    "description": CompanyField("Summary"),
    "industry": CompanyField("Industry", lead_field="industry"),
    "sub_industry": CompanyField("Sub-industry"),
    "business_model": CompanyField("Business model"),
    "founded": CompanyField("Founded", "year"),
    "city": CompanyField("Headquarters city", lead_field="city"),
    "country": CompanyField("Headquarters country", "country", "country"),
    "employees": CompanyField("Employees", "number", "employees"),
    "employee_range": CompanyField("Employee range"),
    "revenue_range": CompanyField("Revenue range"),
    "funding_total": CompanyField("Funding", "money"),
    "funding_stage": CompanyField("Funding stage"),
    "last_funding": CompanyField("Last funding", "date"),
    "investors": CompanyField("Investors", "list"),
    "chief_executive": CompanyField("Chief executive"),
    "key_people": CompanyField("Key people", "list"),
    "products": CompanyField("Products", "list"),
    "technologies": CompanyField("Technologies", "list"),
    "competitors": CompanyField("Competitors", "list"),
    "news": CompanyField("Recent news", "list"),
    "linkedin": CompanyField("LinkedIn", "url"),
    "social": CompanyField("Other profiles", "list"),
    "email": CompanyField("General e-mail", "email"),
    "phone": CompanyField("Phone", "phone"),
    "ticker": CompanyField("Stock ticker"),
}
LIST_SEPARATOR = "; "
WRITTEN = {field.lead_field: name for name, field in FIELDS.items() if field.lead_field}  # a lead's field: ours
