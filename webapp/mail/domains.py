"""What DNS says about the domains that mail is from, looked up by a job and kept for an hour."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

import idna

from db import db
from webapp import config
from webapp.core.clock import now
from webapp.leads.cleaning import FREE_MAIL

from . import domain_records
from .mailbox_models import MailboxKind
from .models import DomainCheck
from .name_servers import Names, Silent

FRESH = timedelta(hours=1)
PATIENCE = timedelta(seconds=60)  # longer than a look takes: after it nobody is looking any more
AT_ONCE = 8  # questions about selectors
SELECTORS = (
    "google", "20230601", "selector1", "selector2", "k1", "k2", "k3", "s1", "s2", "default", "fm1", "fm2", "fm3",
    "mail", "dkim", "zoho", "zmail", "protonmail", "protonmail2", "protonmail3", "s1-ionos", "s2-ionos", "sig1", "pm",
    "mailjet", "mandrill", "mxvault", "smtp", "smtpapi", "mta", "krs", "brevo1", "brevo2", "resend",
)  # fmt: skip


class Seen(NamedTuple):
    """What is known about a domain: `found` is what look_up() wrote, None when nobody has looked; `looking`: a look is
    under way.
    """

    domain: str
    found: dict | None = None
    looking: bool = False
    checked_at: object = None

    @property
    def is_fresh(self):
        return self.found is not None and not self.found["silent"] and self.checked_at > now() - FRESH


def domain_of(mailbox):
    """The domain that a mailbox's mail is from, as DNS has it; "" where there is nothing to look up: captured mail, a
    host of this machine alone, and the providers of private mailboxes, who see to it themselves.
    """
    settings = config.current()
    if mailbox.kind is MailboxKind.SERVER and settings.mail_url is None:
        return ""
    email = settings.mail_from if mailbox.kind is MailboxKind.SERVER else mailbox.email
    domain = email.rpartition("@")[2].strip(".").lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return ""
    is_number = domain.startswith("[") or domain.rpartition(".")[2].isdecimal()
    return "" if "." not in domain or is_number or domain in FREE_MAIL else domain


def known(domains):
    """A Seen of each of these domains, in their order. One query."""
    domains = list(domains)
    rows = {row.domain: row for row in DomainCheck.select().where(DomainCheck.domain.in_(domains))} if domains else {}
    return [_seen(domain, rows.get(domain)) for domain in domains]


def _seen(domain, row):
    if row is None:
        return Seen(domain)
    if row.found.get("pending"):
        return Seen(domain, None, row.checked_at > now() - PATIENCE, row.checked_at)
    return Seen(domain, row.found, False, row.checked_at)


def ask(domains, *, again=False, selector=""):
    """Write down that somebody looks at these domains; returns those that are to be looked at: not the ones that were
    within the hour, unless `again`. `selector` is a DKIM selector to try besides the known ones.
    """
    wanted = [seen.domain for seen in known(domains) if not seen.looking and (again or not seen.is_fresh)]
    with db.atomic():
        for domain in wanted:
            row = DomainCheck.get_or_none(DomainCheck.domain == domain)
            tried = _tried(row)
            tried += [selector] if selector and selector not in tried else []
            pending = {"found": {"pending": True, "selectors": tried[-5:]}, "checked_at": now()}
            if row is None:
                DomainCheck.insert(domain=domain, **pending).on_conflict_ignore().execute()
            else:
                DomainCheck.update(pending).where(DomainCheck.id == row.id).execute()
    return wanted


def _tried(row):
    """Selectors that a person gave for the domain."""
    return list(row.found.get("selectors", [])) if row is not None else []


def check(domains):
    """Look at those of these domains that wait for it. Asks name servers, so never within a transaction."""
    for domain in domains:
        row = DomainCheck.get_or_none(DomainCheck.domain == domain)
        if row is not None and row.found.get("pending"):
            found = look_up(domain, _tried(row))
            DomainCheck.update(found=found, checked_at=now()).where(DomainCheck.id == row.id).execute()


def look_up(domain, more=()):
    """What DNS says about `domain` now, for domain_findings.py: texts of SPF and DMARC, DKIM keys by selector, mail
    servers. `silent` names what nothing is known about because nobody answered. `more`: further DKIM selectors.
    """
    found = {"silent": [], "selectors": list(more), "spf": [], "tree": None, "dkim": {}, "mx": []}
    found |= {"dmarc": [], "dmarc_at": "", "exists": True}
    try:
        names = Names()
        found["spf"] = [text[:1000] for text in domain_records.spf_records(names.texts(domain))]
    except Silent:
        return found | {"silent": ["spf", "dkim", "dmarc", "mx"]}
    for part, look in (("spf", _tree), ("mx", _servers), ("dmarc", _policy), ("dkim", _keys)):
        try:
            look(names, domain, found)
        except Silent:
            found["silent"].append(part)
    return found


def _tree(names, domain, found):
    if len(found["spf"]) == 1:
        found["tree"] = domain_records.spf_tree(found["spf"][0], names.texts)._asdict()


def _servers(names, domain, found):
    found["mx"] = names.exchanges(domain)[:10]
    if not found["mx"]:
        found["exists"] = bool(found["spf"]) or names.has_address(domain)


def _policy(names, domain, found):
    for name in domain_records.above(domain):
        texts = [text[:1000] for text in names.texts(f"_dmarc.{name}") if text.lower().lstrip().startswith("v=dmarc")]
        if texts:
            found["dmarc"], found["dmarc_at"] = texts, name
            return


def _keys(names, domain, found):
    selectors = list(dict.fromkeys((*found["selectors"], *SELECTORS)))

    def key(selector):
        for text in names.texts(f"{selector}._domainkey.{domain}"):
            if state := domain_records.dkim_key(text):
                return state
        return ""

    if key("no-such-selector-galena"):
        return  # any name has this answer, so that under a selector it proves nothing
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found["dkim"] = {name: state for name, state in zip(selectors, pool.map(key, selectors), strict=True) if state}
