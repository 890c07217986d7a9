"""Rows for tests, made the way the program makes them."""

import io
import itertools

from PIL import Image

from webapp.accounts.members import member_of
from webapp.accounts.models import Reach, Role
from webapp.accounts.workspaces import add_member, create_user, create_workspace
from webapp.leads.models import Lead, Stage, with_keys

_number = itertools.count(1)


def workspace(name="Acme"):
    return create_workspace(name)


def user(name="Alice Archer", email=None, password_hash=""):
    return create_user(
        full_name=name, email=email or f"{name.split()[0].lower()}@example.org", password_hash=password_hash
    )


def member(workspace, name="Alice Archer", *, role=Role.MEMBER, reach=Reach.ALL, **fields):
    """A user in `workspace`, as the Member that verbs take as actor."""
    person = user(name, **fields)
    add_member(workspace, person, role=role, reach=reach)
    return member_of(workspace, person)


def lead(workspace, company="Globex", *, stage=Stage.NEW, **fields):
    number = next(_number)
    fields = {"first_name": "Gina", "last_name": f"Vale {number}", "email": f"gina{number}@globex.example", **fields}
    return Lead.create(workspace=workspace, stage=stage, **with_keys({"company": company, **fields}))


def picture(colour="teal", kind="PNG", size=(9, 9)):
    """The bytes of a picture's file."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()
