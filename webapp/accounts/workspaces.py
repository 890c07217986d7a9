"""Making workspaces and users, putting one into the other, and what an owner sets for everybody."""

import re
import secrets
from zoneinfo import ZoneInfo

from peewee import IntegrityError

from db import db, is_sqlite
from webapp.core.clock import now
from webapp.core.countries import COUNTRIES
from webapp.core.currencies import CURRENCIES
from webapp.core.errors import Invalid, NotFound
from webapp.core.jobs import later
from webapp.core.text import slugify
from webapp.core.zones import zones

from .audit import record
from .centers import first_center
from .members import has_accounts
from .models import Invitation, Membership, Reach, Role, User, Workspace

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH = 40


def create_workspace(name, *, time_zone="UTC"):
    """A new workspace with a free slug; a taken one gets a random suffix."""
    slug = slugify(name)
    for candidate in (slug, f"{slug}-{secrets.token_hex(3)}", f"{slug}-{secrets.token_hex(6)}"):
        try:
            with db.atomic():
                return Workspace.create(name=name, slug=candidate, time_zone=known_time_zone(time_zone))
        except IntegrityError:
            continue
    raise Invalid("We could not find a free address for that name. Try another.", "workspace_name")


def start_workspace(user, name, *, time_zone="UTC"):
    """A new workspace that `user` (a row or its id) owns, with its first center."""
    with db.atomic():
        workspace = create_workspace(name, time_zone=time_zone)
        add_member(workspace, user, role=Role.OWNER)
        first_center(workspace, user)
    return workspace


def create_user(*, full_name, email, password_hash, time_zone="UTC"):
    """A new user; the first one of an installation is its site admin. Raises Invalid for a known address."""
    try:
        with db.atomic():
            return User.create(
                full_name=full_name,
                email=email.lower(),
                password_hash=password_hash,
                time_zone=known_time_zone(time_zone),
                is_admin=_is_first(),
            )
    except IntegrityError:  # the address is unique, also among two sign-ups at once
        raise Invalid("There is already an account with this address. Sign in instead.", "email") from None


def _is_first():
    """Whether nobody has an account yet. Of two first sign-ups at once, one is first: on Postgres the other waits here,
    on SQLite a transaction that writes is alone anyway.
    """
    if has_accounts():
        return False
    if not is_sqlite():
        db.execute_sql('LOCK TABLE "user" IN SHARE ROW EXCLUSIVE MODE')
    return not has_accounts()


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


def get_workspace(workspace_id):
    """The whole row; the one of current_user holds only what pages show."""
    return Workspace.get_by_id(workspace_id)


def change_workspace(workspace, changes, *, actor):
    """Change `workspace` (a whole row): name, slug, initials, time_zone, currency, country, postal_address.

    Raises Invalid.
    """
    _check(workspace, changes)
    changed = {name: [getattr(workspace, name), value] for name, value in changes.items()}
    changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    if not changed:
        return
    try:
        with db.atomic():
            written = {name: value for name, (_, value) in changed.items()}
            Workspace.update(written).where(Workspace.id == workspace.id).execute()
            record(actor, "workspace.changed", workspace.name, workspace=workspace.id, **changed)
    except IntegrityError:
        raise Invalid(f"Another workspace here has the slug {changes['slug']}. Choose another one.", "slug") from None


def _check(workspace, changes):
    if not SLUG.fullmatch(changes["slug"]) or len(changes["slug"]) > SLUG_LENGTH:
        raise Invalid(
            f"Use up to {SLUG_LENGTH} small letters, digits and single hyphens, such as halden-studio.", "slug"
        )
    if changes["time_zone"] not in (*zones(), workspace.time_zone):
        raise Invalid("Choose a time zone from the list, such as Europe/Berlin.", "time_zone")
    if changes["currency"] not in CURRENCIES:
        raise Invalid("Choose a currency from the list.", "currency")
    if changes.get("country") and changes["country"] not in COUNTRIES:
        raise Invalid("Choose a country from the list.", "country")
    if not (len(changes["initials"]) <= 2 and (changes["initials"].isalnum() or not changes["initials"])):
        raise Invalid("Use one or two letters or digits, or leave it empty.", "initials")


def require_two_factor(workspace, required, *, actor):
    """Ask everybody in `workspace` for a second factor, or no longer. Raises Invalid for an owner without one."""
    if required and not actor.two_factor:
        raise Invalid(
            "Set up two-factor sign-in for yourself first, or you would be the first one locked out.", "required"
        )
    with db.atomic():
        changed = Workspace.update(requires_two_factor=required).where(
            Workspace.id == workspace.id, Workspace.requires_two_factor != required
        )
        if changed.execute():
            word = "required" if required else "not_required"
            record(actor, f"workspace.two_factor_{word}", workspace.name, workspace=workspace.id)


def give_up(workspace, *, typed_name, actor):
    """Put everybody out of `workspace` and let a job delete it; returns the ids of those who were in it.

    Raises Invalid when `typed_name` is not its name, NotFound when it is gone already.
    """
    if typed_name != workspace.name:
        raise Invalid(f"That is not the name. Type {workspace.name} to delete it.", "typed_name")
    with db.atomic():
        still = Workspace.update(deleted_at=now()).where(Workspace.id == workspace.id, Workspace.deleted_at.is_null())
        if not still.execute():
            raise NotFound("That workspace is deleted already.")
        users = [row.user_id for row in Membership.of(workspace)]
        Invitation.delete().where(Invitation.workspace == workspace.id).execute()
        Membership.delete().where(Membership.workspace == workspace.id).execute()
        record(actor, "workspace.deleted", workspace.name, members=len(users), slug=workspace.slug)
        later("erase_workspace", workspace.id)
    return users
