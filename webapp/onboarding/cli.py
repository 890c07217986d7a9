import click

from db import db
from webapp import create_app, processes
from webapp.core.jobs import open_queue

from .demo import make_demo


@click.command()
@click.pass_obj
def demo(config):
    """Make a workspace to look around in, and print how to sign in."""
    processes.migrate(config)
    create_app(config)
    open_queue("memory://")  # its jobs are run here; a worker beside it would run them, too
    with db.connection_context():
        email, password = make_demo()
    click.echo(f"The demo workspace is ready. Start Galena with `make run` and sign in at {config.base_url}/sign-in")
    click.echo(f"  e-mail    {email}\n  password  {password}")
