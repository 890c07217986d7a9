"""What an item of Wikidata says of a company, as claims: each with its statement in words. Pure."""

from decimal import Decimal
from urllib.parse import quote

from webapp.core.clock import now
from webapp.leads.cleaning import domain_of

from .claims import Claim
from .fields import LIST_SEPARATOR
from .wikibase import Moment, Quantity

_LISTED = 8  # products or people of one claim
_PEOPLE = {"P169": "chief executive", "P488": "chair", "P112": "founder"}
_PROFILES = {
    "P2002": "https://x.com/{}",
    "P2013": "https://www.facebook.com/{}",
    "P2003": "https://www.instagram.com/{}",
    "P2397": "https://www.youtube.com/channel/{}",
    "P7085": "https://www.tiktok.com/@{}",
}
_LINKED = ("P159", "P17", "P452", "P169", "P488", "P112", "P414", "P1056", "P1951")
_RANGES = (
    (10, "1-10"), (50, "11-50"), (200, "51-200"), (500, "201-500"), (1000, "501-1000"), (5000, "1001-5000"),
    (10_000, "5001-10000"),
)  # fmt: skip
_MILLION = 1_000_000
_REVENUES = (1, 10, 50, 100, 500, 1000, 10_000)  # million
_CURRENCIES = {
    "Q4917": "USD", "Q4916": "EUR", "Q25224": "GBP", "Q8146": "JPY", "Q25344": "CHF", "Q39099": "CNY", "Q80524": "INR",
    "Q122922": "SEK", "Q132643": "NOK", "Q25417": "DKK", "Q123213": "PLN", "Q1104069": "CAD", "Q259502": "AUD",
    "Q202040": "KRW", "Q173117": "BRL",
}  # fmt: skip


def linked(entity):
    """The ids of the items whose names the claims need."""
    found = [one for prop in _LINKED for one in entity.values(prop)[:_LISTED]]
    found += [one.first("P17") for one in entity.best("P159")]
    found += [one.value.unit for one in entity.statements("P2139") if isinstance(one.value, Quantity)]
    return [one for one in dict.fromkeys(found) if isinstance(one, str) and one.startswith("Q")]


def claims_of(match, names, domain=""):
    """The Claims of a wikidata.Match; `names` are those of its linked() items, `domain` the company's, if known."""
    entity = match.entity
    rules = (_names, _website, _place, _business, _people, _employees, _revenue, _accounts, _listing)
    found = [said for rule in rules for said in rule(entity, names, domain)]
    return [
        Claim(field, value, entity.url, f"{entity.label}: {words}", "wikidata", max(match.confidence - doubt, 5))
        for field, value, words, doubt in found
        if value
    ]


# Each yields (field, value, the statement in words, by how much less it is to be trusted than that this is the company)


def _names(entity, names, domain):
    yield "company_name", entity.label, f"label {entity.label}", 2
    for name in entity.values("P1448")[:1]:
        yield "legal_name", name, f"official name {name}", 20
    if entity.description:
        yield "description", _sentence(entity.description), entity.description, 35
    for moment in entity.values("P571", Moment)[:1]:
        yield "founded", str(moment.year), f"inception {moment}", 0


def _website(entity, names, domain):
    addresses = entity.values("P856")
    here = [one for one in addresses if domain and domain_of(one, "") == domain]
    for address in (here or addresses)[:1]:
        yield "website", address, f"official website {address}", 0
        yield "domain", domain_of(address, ""), f"official website {address}", 0


def _place(entity, names, domain):
    seats = [one for one in entity.best("P159") if one.value in names]
    seat = max(seats, key=_began, default=None)
    country = seat and seat.first("P17")
    if country in names:
        yield "country", names[country], f"headquarters location {names[seat.value]}, {names[country]}", 0
    else:
        for one in entity.values("P17")[:1]:
            yield "country", names.get(one), f"country {names.get(one)}", 4
    if seat:
        yield "city", names[seat.value], f"headquarters location {names[seat.value]}", 0


def _business(entity, names, domain):
    for one in entity.values("P452")[:1]:
        yield "industry", _sentence(names.get(one, "")), f"industry {names.get(one)}", 8
    for field, prop, words in (("products", "P1056", "product"), ("investors", "P1951", "investor")):
        found = [names[one] for one in entity.values(prop)[:_LISTED] if one in names]
        yield field, LIST_SEPARATOR.join(found), f"{words} {', '.join(found)}", 15


def _people(entity, names, domain):
    people = {}
    for prop, role in _PEOPLE.items():
        holders = [one for one in entity.best(prop) if one.value in names]
        if prop != "P112" and holders:
            latest = max(map(_began, holders))
            holders = [one for one in holders if _began(one) == latest]
        for one in holders[:_LISTED]:
            people.setdefault(names[one.value], []).append(role)
        if prop == "P169" and len(holders) == 1:
            since = holders[0].first("P580")
            words = f"chief executive officer {names[holders[0].value]}" + (f", since {since}" if since else "")
            yield "chief_executive", names[holders[0].value], words, 0 if since else 10
    said = [f"{person} ({', '.join(roles)})" for person, roles in people.items()][:_LISTED]
    yield "key_people", LIST_SEPARATOR.join(said), ", ".join(said), 12


def _employees(entity, names, domain):
    latest, doubt = _latest(entity, "P1128")
    if latest and latest.value.amount >= 1:
        number = int(latest.value.amount)
        words = f"employees {number:,}{_dated(latest)}"
        yield "employees", str(number), words, doubt
        yield "employee_range", next((name for top, name in _RANGES if number <= top), "over 10000"), words, doubt


def _revenue(entity, names, domain):
    latest, doubt = _latest(entity, "P2139")
    unit = latest.value.unit if latest else ""
    currency = _CURRENCIES.get(unit) or names.get(unit)
    if currency and latest.value.amount > 0:
        words = f"total revenue {latest.value.amount:,f} {names.get(unit, currency)}{_dated(latest)}"
        yield "revenue_range", _range(latest.value.amount, currency), words, doubt


def _accounts(entity, names, domain):
    for one in entity.values("P4264")[:1]:
        yield "linkedin", f"https://www.linkedin.com/company/{quote(one)}", f"LinkedIn company ID {one}", 4
    found = [address.format(quote(one)) for prop, address in _PROFILES.items() for one in entity.values(prop)[:1]]
    yield "social", LIST_SEPARATOR.join(found), f"profiles {', '.join(found)}", 6
    for one in entity.values("P968")[:1]:
        yield "email", one.removeprefix("mailto:"), f"e-mail address {one.removeprefix('mailto:')}", 10
    for one in entity.values("P1329")[:1]:
        yield "phone", one, f"phone number {one}", 10


def _listing(entity, names, domain):
    for one in entity.best("P414"):
        symbol = one.first("P249")
        if isinstance(symbol, str) and one.value in names:
            exchange = names[one.value]
            yield "ticker", f"{exchange}: {symbol}", f"stock exchange {exchange}, ticker symbol {symbol}", 0
            return
    for symbol in entity.values("P249")[:1]:
        yield "ticker", symbol, f"ticker symbol {symbol}", 0


# --------------------------------------------------------------------- words


def _sentence(text):
    return text[:1].upper() + text[1:]


def _began(statement):
    """When a Statement began to hold, for comparing; those that do not say come first."""
    return _moment_of(statement, "P580")


def _moment_of(statement, prop):
    moment = statement.first(prop)
    return tuple(moment) if isinstance(moment, Moment) else (0, 0, 0)


def _latest(entity, prop):
    """(the Statement of a quantity with the latest date, how much less it is to be trusted), or (None, 0)."""
    found = [one for one in entity.statements(prop) if isinstance(one.value, Quantity)]
    latest = max(found, key=lambda one: (_moment_of(one, "P585"), one.is_preferred), default=None)
    if latest is None:
        return None, 0
    year = _moment_of(latest, "P585")[0]
    age = now().year - year
    return latest, 15 if not year else 0 if age <= 2 else 12 if age <= 5 else 32


def _dated(statement):
    moment = statement.first("P585")
    return f" ({moment})" if isinstance(moment, Moment) else ""


def _range(amount, currency):
    """The range of a revenue: "EUR 10–50 million"."""
    tops = [Decimal(top) * _MILLION for top in _REVENUES]
    place = sum(amount >= top for top in tops)
    if place == 0:
        return f"under {currency} 1 million"
    if place == len(tops):
        return f"over {currency} 10 billion"
    low, high = _REVENUES[place - 1], _REVENUES[place]
    if low >= 1000:
        return f"{currency} {low // 1000}–{high // 1000} billion"
    if high >= 1000:
        return f"{currency} {low} million–1 billion"
    return f"{currency} {low}–{high} million"
