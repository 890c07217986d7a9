import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import click

from db import db
from webapp import create_app, processes
from webapp.accounts.members import member_of
from webapp.accounts.models import Membership, Role, User, Workspace
from webapp.core.errors import AppError
from webapp.core.jobs import open_queue, wait

from . import uploading
from .checking import run_check
from .extras import PREFIX, targets
from .models import Import, ImportState, Policy
from .options import BASES
from .progress import progress, receipt
from .running import run_import, stop_import
from .starting import check as check_choices
from .starting import keep_columns, keep_options, start_import
from .turns import WORKING, waits_for
from .undoing import run_undo

EVERY = {True: 0.5, False: 10}  # seconds between two lines of progress, on a terminal and elsewhere


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--workspace", "slug", required=True, help="The last part of the workspace's address.")
@click.option("--as", "email", help="Whose import it is; by default the workspace's first owner.")
@click.option(
    "--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="What a column is; FIELD empty leaves it out."
)
@click.option(
    "--policy",
    type=click.Choice([policy.value for policy in Policy]),
    default=Policy.FILL.value,
    show_default=True,
    help="What a row does to a lead that is here: fill its empty fields, update it, or skip it.",
)
@click.option(
    "--basis", type=click.Choice(list(BASES)), default="interest", show_default=True, help="Why you may write to them."
)
@click.option("--check", is_flag=True, help="Only say what would happen.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def import_file(config, file, slug, email, pairs, check, yes, **options):
    """Import FILE, of any size, into a workspace."""
    processes.migrate(config)
    create_app(config)
    open_queue("memory://")  # its job is run here; a worker beside it would run it, too
    with db.connection_context(), _refusals():
        member = _member(slug, email)
        with open(file, "rb") as stream:
            imported = uploading.upload(member, file.name, stream)
        try:
            _choose(imported, pairs, options)
            if check:
                _tell_check(imported)
            go = not check and (yes or _asked(imported, member))
        except BaseException:
            _forget(imported)
            raise
        if go:
            start_import(imported)
            _run(imported, member)
            _tell(config, Import.get_by_id(imported.id))
        else:
            _forget(imported)
            click.echo("Nothing was imported.")


@contextmanager
def _refusals():
    """A refusal ends the command with its sentence."""
    try:
        yield
    except AppError as error:
        raise click.ClickException(str(error)) from None


def _member(slug, email):
    workspace = Workspace.get_or_none(Workspace.slug == slug)
    if workspace is None:
        raise click.ClickException(f"There is no workspace {slug!r}.")
    members = Membership.of(workspace).join(User).order_by(Membership.id)
    if email:
        found = members.where(User.email == email.strip().lower()).first()
    else:
        found = members.where(Membership.role == Role.OWNER).first()
    if found is None:
        raise click.ClickException(f"{email or 'An owner'} is nobody in {workspace.name}.")
    member = member_of(workspace, found.user)
    if not member.can("write"):
        raise click.ClickException(f"{member.full_name} may not import into {workspace.name}.")
    return member


def _choose(imported, pairs, options):
    """Keep what was matched and what was said about columns. Raises Invalid when nothing can come of it."""
    mapping = list(imported.mapping)
    for pair in pairs:
        name, _, target = pair.rpartition("=")
        mapping[_column(imported, name)] = _target(imported, target)
    keep_columns(imported, mapping)
    keep_options(imported, without_email=True, **options)
    known = targets(imported.workspace_id)
    for column, target in zip(imported.columns, mapping, strict=True):
        click.echo(f"  {column['name']}  →  {known.get(target, 'left out')}", err=True)
    check_choices(imported)


def _column(imported, name):
    names = [column["name"] for column in imported.columns]
    for number, one in enumerate(names):
        if one.casefold().strip() == name.casefold().strip():
            return number
    raise click.ClickException(f"The file has no column “{name}”. It has {', '.join(names)}.")


def _target(imported, text):
    text = text.strip()
    for target, label in targets(imported.workspace_id).items():
        if text.casefold() in (target.casefold(), label.casefold()):
            return target
    if text:
        named = targets(imported.workspace_id).items()
        known = ", ".join(f"“{label}”" if target.startswith(PREFIX) else target for target, label in named)
        raise click.ClickException(f"There is no field “{text}”. There are {known}.")
    return ""


def _asked(imported, member):
    about = "about " if imported.dialect.get("estimated") else ""
    what = f"Import {about}{imported.rows:,} rows into {member.workspace.name} as {member.full_name}?"
    return click.confirm(f"{what} {BASES[imported.options['basis']]}:", err=True)


def _tell_check(imported):
    """What would become of the rows, by the very code that runs."""
    run_check(imported.id)
    found = Import.get_by_id(imported.id).check
    if "error" in found:
        raise click.ClickException(found["error"])
    for outcome, rows in found["outcomes"].items():
        click.echo(f"  {outcome.capitalize():<18}{rows:>10,}")
    for reason, rows in found["reasons"].items():
        click.echo(f"    {rows:>10,}  {reason}")
    click.echo(f"  {'Rows':<18}{found['rows']:>10,}")


def _forget(imported):
    uploading.remove_file(imported)
    imported.delete_instance()


def _run(imported, member):
    """Run it here, in its turn, and tell meanwhile how far it is. Ctrl-C stops it, and keeps what was done."""
    ended = threading.Event()
    teller = threading.Thread(target=_tell_progress, args=(imported.id, ended), daemon=True)
    teller.start()
    try:
        while (fresh := Import.get_by_id(imported.id)).state in WORKING:
            first = waits_for(fresh) or fresh  # without a worker, whatever is before it waits for this process
            run_undo(first.id) if first.state is ImportState.UNDOING else run_import(first.id)
            if Import.get_by_id(imported.id).state in WORKING:  # a worker has it, or what is before it
                wait(1)
    except KeyboardInterrupt:
        stop_import(imported, roll_back=False, actor=member)
    finally:
        ended.set()
        teller.join()


def _tell_progress(import_id, ended):
    is_terminal = sys.stderr.isatty()
    with db.connection_context():
        while not ended.wait(EVERY[is_terminal]):
            text = _how_far(Import.get_by_id(import_id))
            click.echo(f"\r{text}\x1b[K" if is_terminal else text, err=True, nl=not is_terminal)
    if is_terminal:
        click.echo("\r\x1b[K", err=True, nl=False)


def _how_far(imported):
    if before := waits_for(imported):
        return f"Waits for the import of {before.filename}"
    found = progress(imported)
    rate = f", {found.rate:,} a second" if found.rate else ""
    left = f", {found.seconds_left:.0f} seconds left" if found.seconds_left is not None else ""
    return f"{imported.done_rows:,} of {imported.rows:,} rows{rate}{left}"


def _tell(config, imported):
    for line in receipt(imported):
        click.echo(f"  {line.name:<18}{line.rows:>10,}  {line.meaning}".rstrip())
    click.echo(f"  {'Rows':<18}{imported.done_rows:>10,}  {config.base_url}/imports/{imported.id}")
    if imported.state is not ImportState.DONE:
        raise click.ClickException(imported.error or "The import did not come to its end.")
