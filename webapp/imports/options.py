"""What a person chose for an import besides its columns: how a row finds its lead, and what it does to it.

Kept as JSON in `Import.options`; DEFAULTS says what an import without a choice does.
"""

from webapp.accounts.centers import open_to
from webapp.accounts.members import member_of, people
from webapp.accounts.models import Membership
from webapp.core.errors import Invalid
from webapp.leads import tags
from webapp.leads.custom import fields_of
from webapp.leads.field_models import CustomKind

from .extras import PREFIX
from .models import Policy
from .shaping import LONGEST

EMAIL, DOMAIN_NAME = "email", "domain_name"
SHARE = "share"
KEYS = {EMAIL: "E-mail", DOMAIN_NAME: "Domain and name"}
BASES = {
    "consent": "They agreed to hear from us",
    "interest": "Legitimate interest",
    "contract": "They are customers, or asked for an offer",
}
IDENTIFYING = (CustomKind.TEXT, CustomKind.NUMBER, CustomKind.URL)  # kinds of custom fields that can tell leads apart
DEFAULTS = {
    "key": EMAIL,
    "policy": Policy.FILL.value,
    "create": True,
    "overwrite": {},  # {target: bool}, exceptions to the policy
    "center_id": None,
    "owner": "",  # nobody, or whom the center assigns; SHARE: the members of `share` in turn; or a member's id
    "share": [],
    "source": "",
    "tags": [],
    "country": "",
    "clean_names": True,
    "suppressed": False,
    "leave_role": False,
    "leave_throwaway": False,
    "basis": "",
    "basis_note": "",
    "without_email": False,
}
RUN = ("owner_id", "sees")  # what the start adds: see starting.py


def options_of(imported):
    """All options of `imported`, those that nobody chose as they are by default."""
    return {**DEFAULTS, **imported.options}


def keys_for(imported):
    """{key: label} of what the rows of `imported` can be told apart by, as its columns are matched."""
    keys = {EMAIL: KEYS[EMAIL]}
    names = {"full_name", "first_name", "last_name"} & set(imported.mapping)
    if names and {"website", "email"} & set(imported.mapping):
        keys[DOMAIN_NAME] = KEYS[DOMAIN_NAME]
    for one in fields_of(imported.workspace_id):
        if f"{PREFIX}{one.id}" in imported.mapping and one.kind in IDENTIFYING:
            keys[f"{PREFIX}{one.id}"] = one.name
    return keys


def cleaned(imported, chosen):
    """`chosen`, some of the options as a form or a command gives them, as they are kept. Raises Invalid."""
    kept = {name: value for name, value in chosen.items() if name in DEFAULTS}
    for name, clean in _CLEANERS.items():
        if name in kept:
            kept[name] = clean(imported, kept[name])
    for name, default in DEFAULTS.items():
        if name in kept and isinstance(default, bool):
            kept[name] = bool(kept[name])
    return kept


def _key(imported, key):
    return key if key in keys_for(imported) else EMAIL


def _policy(imported, policy):
    return Policy(policy).value


def _overwrite(imported, exceptions):
    return {target: bool(yes) for target, yes in exceptions.items() if target in imported.mapping}


def _center(imported, center_id):
    """Only where whoever brought the file may put leads."""
    membership = Membership.of(imported.workspace_id).where(Membership.user == imported.actor_id).first()
    if not center_id or membership is None:
        return None
    return center_id if center_id in dict(open_to(member_of(imported.workspace, membership.user))) else None


def _owner(imported, owner):
    if not owner or owner == SHARE:
        return owner or ""
    if not str(owner).isdecimal() or int(owner) not in _members(imported):
        raise Invalid("That person is not in this workspace any more. Choose somebody else.", "owner")
    return int(owner)


def _share(imported, user_ids):
    known = _members(imported)
    return sorted({int(one) for one in user_ids if str(one).isdecimal() and int(one) in known})


def _members(imported):
    return {user.id for user in people(imported.workspace)}


def _names(imported, names):
    names = tags.split(names) if isinstance(names, str) else names
    try:
        return list(dict.fromkeys(tags.clean_name(name) for name in names))
    except Invalid as error:
        raise Invalid(str(error), "tags") from None


def _country(imported, code):
    return code if len(code or "") == 2 and code.isascii() and code.isupper() else ""


def _line(name):
    def clean(imported, text):
        text = " ".join((text or "").replace("\0", "").split())
        if len(text) > LONGEST:
            raise Invalid(f"Keep it under {LONGEST + 1} characters; this is {len(text)}.", name)
        return text

    return clean


_CLEANERS = {
    "key": _key,
    "policy": _policy,
    "overwrite": _overwrite,
    "center_id": _center,
    "owner": _owner,
    "share": _share,
    "tags": _names,
    "country": _country,
    "source": _line("source"),
    "basis": lambda imported, basis: basis if basis in BASES else "",
    "basis_note": _line("basis_note"),
}
