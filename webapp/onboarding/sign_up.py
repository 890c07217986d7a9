"""Signing up, as one verb."""

from db import db
from webapp.accounts.centers import first_center
from webapp.accounts.models import Role
from webapp.accounts.workspaces import add_member, create_user, create_workspace
from webapp.auth.passwords import check_strength, hash_password


def sign_up(*, full_name, email, password, workspace_name, time_zone="UTC"):
    """A user, their workspace and their ownership of it; returns (user, workspace). Raises Invalid."""
    check_strength(password, email=email, full_name=full_name)
    password_hash = hash_password(password)
    with db.atomic():
        user = create_user(full_name=full_name, email=email, password_hash=password_hash, time_zone=time_zone)
        workspace = create_workspace(workspace_name)
        add_member(workspace, user, role=Role.OWNER)
        first_center(workspace, user)
    return user, workspace
