"""Making workspaces and users, and putting one into the other."""

import secrets
from zoneinfo import ZoneInfo

from peewee import IntegrityError

from db import db
from webapp.core.errors import Invalid
from webapp.core.text import slugify

from .models import Membership, Reach, Role, User, Workspace


def create_workspace(name):
    """A new workspace with a free slug; a taken one gets a random suffix."""
    slug = slugify(name)
    for candidate in (slug, f"{slug}-{secrets.token_hex(3)}", f"{slug}-{secrets.token_hex(6)}"):
        try:
            with db.atomic():
                return Workspace.create(name=name, slug=candidate)
        except IntegrityError:
            continue
    raise Invalid("We could not find a free address for that name. Try another.", "workspace_name")


def create_user(*, full_name, email, password_hash, time_zone="UTC"):
    """A new user; the first one of an installation is its site admin. Raises Invalid for a known address."""
    try:
        with db.atomic():
            return User.create(
                full_name=full_name,
                email=email.lower(),
                password_hash=password_hash,
                time_zone=known_time_zone(time_zone),
                is_admin=not User.select().exists(),
            )
    except IntegrityError:  # the address is unique, also among two sign-ups at once
        raise Invalid("There is already an account with this address. Sign in instead.", "email") from None


def add_member(workspace, user, *, role=Role.MEMBER, reach=Reach.ALL):
    """Put `user` into `workspace`. Raises Invalid when they are in it already."""
    try:
        with db.atomic():
            return Membership.create(workspace=workspace, user=user, role=role, reach=reach)
    except IntegrityError:
        raise Invalid(f"{user.full_name} is already in {workspace.name}.", "email") from None


def known_time_zone(name):
    """`name` if it is a zone of the IANA database, else "UTC"."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError, TypeError):
        return "UTC"
    return name
