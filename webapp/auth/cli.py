import click

from db import db, open_database
from webapp.accounts.models import Role, Workspace
from webapp.accounts.workspaces import add_member
from webapp.accounts.workspaces import create_user as add_user
from webapp.core.errors import AppError

from .passwords import check_strength, hash_password


@click.command("create-user")
@click.option("--name", prompt="Full name")
@click.option("--email", prompt="E-mail")
@click.option("--workspace", "slug", prompt="Workspace slug", help="The last part of the workspace's address.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.MEMBER.value)
@click.password_option()
@click.pass_obj
def create_user(config, name, email, slug, role, password):
    """Add a person to a workspace."""
    open_database(config.database_url)
    try:
        with db.connection_context(), db.atomic():
            workspace = Workspace.get_or_none(Workspace.slug == slug)
            if workspace is None:
                raise click.ClickException(f"There is no workspace {slug!r}.")
            check_strength(password, email=email, full_name=name)
            user = add_user(full_name=name, email=email, password_hash=hash_password(password))
            add_member(workspace, user, role=Role(role))
    except AppError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} can sign in with {email.lower()} as {role} of {workspace.name}.")
