"""Asking the first colleagues in: several addresses at once, all of them or none."""

import re

from db import db
from webapp.accounts.invitations import grantable_reaches, invite
from webapp.core.errors import Invalid

from . import setup
from .models import StepName

MOST = 20  # addresses at once


def invite_all(member, *, addresses, role):
    """Invite everybody in the text `addresses` into the member's workspace as `role`; returns how many.

    Raises Invalid, naming each address that cannot be invited: then none is.
    """
    found = list(dict.fromkeys(re.findall(r"[^\s,;]+", addresses.lower())))
    if not found:
        raise Invalid("Type an address, or skip this step.", "addresses")
    if len(found) > MOST:
        raise Invalid(f"These are {len(found)} addresses. Invite up to {MOST} at a time.", "addresses")
    problems = []
    with db.atomic():
        for address in found:
            try:
                invite(member, address, role=role, reach=grantable_reaches(member)[0])
            except Invalid as error:
                problems.append(f"{address}: {error}")
        if problems:
            raise Invalid(" ".join(problems), "addresses")
        setup.finish(member, StepName.TEAM)
    return len(found)
