"""python run.py                 web and one worker process together (what `make run` starts)
python run.py web | worker      the same parts apart
python run.py migrate           apply pending migrations
python run.py demo              a workspace to look around in
python run.py import FILE       import a file of leads into a workspace
python run.py COMMAND --help    more
"""

import sys

import click

from webapp import processes
from webapp.admin.cli import make_admin
from webapp.auth.cli import create_user, reset_password, reset_two_factor
from webapp.config import ROOT, load
from webapp.config_values import ConfigError
from webapp.imports.cli import import_file
from webapp.onboarding.cli import demo
from webapp.web import logs


@click.group(invoke_without_command=True, help=__doc__)
@click.pass_context
def cli(context):
    try:
        context.obj = load()
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    logs.set_up(context.obj.log_format)
    if context.invoked_subcommand is None:
        sys.exit(processes.run_together(context.obj, [sys.executable, str(ROOT / "run.py"), "worker"]))


@cli.command()
@click.pass_obj
def web(config):
    """Serve the pages (migrates first)."""
    processes.run_web(config)


@cli.command()
@click.pass_obj
def worker(config):
    """Run background jobs and their schedule."""
    processes.run_worker(config)


@cli.command()
@click.pass_obj
def migrate(config):
    """Apply pending migrations."""
    applied = processes.migrate(config)
    click.echo("\n".join(applied) if applied else "The database is up to date.")


cli.add_command(create_user)
cli.add_command(reset_password)
cli.add_command(reset_two_factor)
cli.add_command(make_admin)
cli.add_command(demo)
cli.add_command(import_file)

if __name__ == "__main__":
    cli()
