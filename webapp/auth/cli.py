from contextlib import contextmanager
from datetime import timedelta

import click

from db import db, open_database
from webapp.accounts.audit import record
from webapp.accounts.models import Role, User, Workspace
from webapp.accounts.workspaces import add_member
from webapp.accounts.workspaces import create_user as add_user
from webapp.config import activate
from webapp.core.errors import AppError
from webapp.core.jobs import open_queue

from . import tokens, two_factor
from .models import Purpose
from .passwords import check_strength, hash_password

LINK_LASTS = timedelta(hours=1)


@click.command("create-user")
@click.option("--name", prompt="Full name")
@click.option("--email", prompt="E-mail")
@click.option("--workspace", "slug", prompt="Workspace slug", help="The last part of the workspace's address.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.MEMBER.value)
@click.password_option()
@click.pass_obj
def create_user(config, name, email, slug, role, password):
    """Add a person to a workspace."""
    with _at_work(config):
        workspace = Workspace.get_or_none(Workspace.slug == slug)
        if workspace is None:
            raise click.ClickException(f"There is no workspace {slug!r}.")
        check_strength(password, email=email, full_name=name)
        user = add_user(full_name=name, email=email, password_hash=hash_password(password))
        add_member(workspace, user, role=Role(role))
    click.echo(f"{name} can sign in with {email.lower()} as {role} of {workspace.name}.")


@click.command("reset-password")
@click.argument("email")
@click.pass_obj
def reset_password(config, email):
    """Print a link with which somebody sets a new password, once. For who can read no mail from Galena."""
    with _at_work(config):
        user = _user(email)
        token = tokens.make(Purpose.RESET, user=user, lasts=LINK_LASTS)
        record(None, "user.reset_link_printed", user.full_name)
    click.echo(f"{user.full_name} can set a new password within an hour, at this address:")
    click.echo(f"{config.base_url}/reset-password/{token}")


@click.command("reset-two-factor")
@click.argument("email")
@click.pass_obj
def reset_two_factor(config, email):
    """Take two-factor sign-in off an account whose device and recovery codes are lost. Signs it out everywhere."""
    with _at_work(config):
        user = _user(email)
        if not two_factor.reset(user):
            raise click.ClickException(f"{user.full_name} has no two-factor sign-in.")
    click.echo(f"{user.full_name} signs in with the password alone now, and is told so by mail.")


@contextmanager
def _at_work(config):
    """One transaction, with the queue that its jobs go to; a refusal ends the command with its sentence."""
    activate(config)
    open_database(config.database_url)
    open_queue(config.queue_url)
    try:
        with db.connection_context(), db.atomic():
            yield
    except AppError as error:
        raise click.ClickException(str(error)) from None


def _user(email):
    user = User.get_or_none(User.email == email.strip().lower())
    if user is None:
        raise click.ClickException(f"Nobody here has the address {email}.")
    return user
