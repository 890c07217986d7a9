"""Addresses worth a look: those of a role, and throw-away ones."""

ROLES = frozenset(
    ["info", "sales", "contact", "office", "admin", "support", "kontakt", "vertrieb", "ventas", "hola", "bonjour"]
)
THROWAWAY = frozenset(["mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com"])


def is_role(email):
    return email.partition("@")[0] in ROLES


def is_throwaway(email):
    return email.rpartition("@")[2] in THROWAWAY


def worth_a_look(email):
    """A sentence about `email`, or ""."""
    if email and is_role(email):
        return "The address is that of a role, not of a person."
    return "The address is a throw-away one." if email and is_throwaway(email) else ""
