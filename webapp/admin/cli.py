import click

from db import db, open_database
from webapp.accounts.models import User
from webapp.config import activate
from webapp.core.errors import AppError
from webapp.core.jobs import open_queue

from . import people


@click.command("make-admin")
@click.argument("email")
@click.pass_obj
def make_admin(config, email):
    """Let the account with this address act as a site admin. It has to sign in again, and is told by mail."""
    activate(config)
    open_database(config.database_url)
    open_queue(config.queue_url)
    try:
        with db.connection_context():
            user = User.get_or_none(User.email == email.strip().lower())
            if user is None:
                raise click.ClickException(f"Nobody here has the address {email}.")
            people.make_admin(user)
    except AppError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{user.full_name} is a site admin from the next sign-in on.")
