"""Asking the first colleagues in: all of them or none, so that what was typed can be mended and sent again."""

from db import db
from webapp.accounts.invitations import grantable_reaches
from webapp.auth import joining
from webapp.core.errors import Invalid

from . import setup
from .models import StepName


def invite_all(member, addresses, *, role):
    """Invite each of `addresses` into the member's workspace as `role`.

    Raises Invalid, naming each address that cannot be invited: then none is.
    """
    with db.atomic():
        answers = joining.invite_all(member, addresses, role=role, reach=grantable_reaches(member)[0])
        problems = [f"{answer.email}: {answer.problem}" for answer in answers if answer.problem]
        if problems:
            raise Invalid(" ".join(problems), "addresses")
        setup.finish(member, StepName.TEAM)
