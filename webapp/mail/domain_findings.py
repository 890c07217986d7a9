"""What the records of a sender's domain mean for its mail, and how to mend them. Pure."""

from . import domain_records
from .findings import Finding

NAMES = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC", "mx": "mail servers"}
RESERVED = ("example", "test", "invalid", "localhost", "local")  # nobody can own one (RFC 2606, 6762): a trial
# Who sends for whom: the end of the SMTP host's name, the provider, what SPF of its customers includes (any of them).
SENDERS = (
    (".gmail.com", "Google", ("_spf.google.com",)),
    (".office365.com", "Microsoft", ("spf.protection.outlook.com",)),
    (".outlook.com", "Microsoft", ("spf.protection.outlook.com",)),
    (".fastmail.com", "Fastmail", ("spf.messagingengine.com",)),
    (".messagingengine.com", "Fastmail", ("spf.messagingengine.com",)),
    (".zoho.com", "Zoho", ("zohomail.com", "zoho.com", "one.zoho.com")),
    (".zoho.eu", "Zoho", ("zohomail.eu", "zoho.eu", "one.zoho.eu")),
    (".mail.me.com", "iCloud", ("icloud.com",)),
    (".sendgrid.net", "SendGrid", ("sendgrid.net",)),
    (".mailgun.org", "Mailgun", ("mailgun.org", "eu.mailgun.org")),
    (".amazonaws.com", "Amazon SES", ("amazonses.com",)),
)


def sender_of(host):
    """(provider, what its customers' SPF includes) of an SMTP host; ("", ()) when we do not know it."""
    dotted = f".{host.lower().rstrip('.')}"
    return next(((name, includes) for end, name, includes in SENDERS if dotted.endswith(end)), ("", ()))


def findings(seen, hosts=()):
    """The Findings about the domain of a domains.Seen from which the SMTP servers `hosts` send."""
    domain, found = seen.domain, seen.found
    if found is None:
        return []
    if len(found["silent"]) == len(NAMES):
        said = f"DNS did not answer about {domain}"
        return [Finding("warn", said, "SPF, DKIM and DMARC are not known. You may start, or look again.", "again")]
    if not found["exists"] and not found["silent"]:
        state = "warn" if domain.rpartition(".")[2] in RESERVED else "bad"
        help = "Its mail would be refused and replies would be lost. Mend the address."
        return [Finding(state, f"The domain {domain} does not exist", help, "sender")]
    told = {"spf": _spf(domain, found, hosts), "dkim": _dkim(domain, found), "dmarc": _dmarc(domain, found)}
    told["mx"] = _mx(domain, found)
    for part in found["silent"]:
        said = f"DNS did not answer about {NAMES[part]} of {domain}"
        told[part] = [Finding("warn", said, "Nothing is known about it. You may start, or look again.", "again")]
    return [finding for each in told.values() for finding in each]


def _spf(domain, found, hosts):
    senders = [(name, includes) for name, includes in map(sender_of, hosts) if name]
    wanted = list(dict.fromkeys(f"include:{includes[0]}" for _, includes in senders))
    if not found["spf"]:
        record = f"v=spf1 {' '.join(wanted)} ~all" if wanted else ""
        say = "It says which servers may send for you. Add a TXT record"
        say += f" at {domain}." if record else f" at {domain}; your provider tells you what it has to say."
        return [Finding("warn", f"SPF is missing for {domain}", say, record=record)]
    if len(found["spf"]) > 1:
        say = "Receivers then count none of them. Put all into one record."
        return [Finding("warn", f"{domain} has {len(found['spf'])} SPF records", say, record="\n".join(found["spf"]))]
    record, tree = found["spf"][0], domain_records.Spf(**(found["tree"] or {}))
    if tree.names_nobody and tree.all == "-":
        say = "It says that nobody may send mail from it, so yours would be refused. Name your provider there."
        return [Finding("bad", f"SPF of {domain} forbids all mail", say, record=record)]
    if tree.problem:
        return [
            Finding("warn", f"SPF of {domain} is broken", f"In it, {tree.problem}. Receivers ignore it.", record=record)
        ]
    if tree.lookups > domain_records.MOST_LOOKUPS:
        say = f"It asks for more than {domain_records.MOST_LOOKUPS} other names, so receivers ignore it. Take some out."
        return [Finding("warn", f"SPF of {domain} refers to too much", say, record=record)]
    if tree.all == "+":
        say = "It ends in +all, so spammers can use your name. Write ~all instead."
        return [Finding("warn", f"SPF of {domain} lets everybody send", say, record=record)]
    for name, includes in senders:
        if not any(each == one or each.endswith(f".{one}") for each in tree.includes for one in includes):
            say = f"Your mailbox sends through {name}. Add include:{includes[0]} to it."
            return [Finding("warn", f"SPF of {domain} does not name {name}", say, record=record)]
    return [Finding("ok", f"SPF is set for {domain}")]


def _dkim(domain, found):
    states = set(found["dkim"].values())
    good = sorted(name for name, state in found["dkim"].items() if state == "ok")
    if good:
        return [Finding("ok", f"DKIM is set for {domain}", f"A key is published under {_listed(good)}.")]
    for state, say in (
        ("testing", "Its key says t=y, “only testing”, so receivers may ignore the signature. Take that out."),
        ("weak", "Its key is shorter than 1,024 bits, so receivers ignore it. Make a new one at your provider."),
        ("broken", "Its key cannot be read. Copy the record from your provider once more."),
        ("revoked", "Its key was withdrawn (p= is empty). Publish the present one."),
    ):
        if state in states:
            name = next(name for name, each in found["dkim"].items() if each == state)
            return [Finding("warn", f"DKIM of {domain} does not count", f"Under {name}: {say}", "selector")]
    say = "We looked under the selectors of common providers. If yours signs with another one, name it below; else "
    say += "switch DKIM on at your provider."
    return [Finding("warn", f"No DKIM key was found for {domain}", say, "selector")]


def _listed(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _dmarc(domain, found):
    where = found["dmarc_at"]
    read = domain_records.dmarc(found["dmarc"], inherited=where not in ("", domain))
    record = "\n".join(found["dmarc"])
    if read.problem:
        say = f"Receivers ignore it: {read.problem}."
        return [Finding("warn", f"DMARC of {where or domain} is broken", say, record=record)]
    if not read.policy:
        say = f"Without it, large providers may refuse your mail. Add a TXT record at _dmarc.{domain}."
        return [Finding("warn", f"DMARC is missing for {domain}", say, record="v=DMARC1; p=none")]
    from_above = f", by that of {where}" if where != domain else ""
    signed = any(state == "ok" for state in found["dkim"].values()) or found["spf"]
    if read.policy != "none" and not signed and not {"spf", "dkim"} & set(found["silent"]):
        say = f"It asks receivers to {'refuse' if read.policy == 'reject' else 'put aside'} mail that neither SPF nor "
        say += "DKIM vouches for, and we found neither. Set up one of them first."
        return [Finding("bad", f"DMARC of {domain} turns your mail away", say, record=record)]
    return [Finding("ok", f"DMARC is set for {domain}{from_above}", f"Its policy is {read.policy}.")]


def _mx(domain, found):
    if found["mx"] == [""]:
        say = (
            "Its MX record says so, and some servers refuse mail from such a domain. Mend it, or give another address."
        )
        return [Finding("warn", f"{domain} takes no mail", say, record="0 .")]
    if not found["mx"]:
        say = "Replies and mails that come back may be lost. Add MX records at your provider."
        return [Finding("warn", f"{domain} names no mail servers", say)]
    return [Finding("ok", f"{domain} takes mail")]
