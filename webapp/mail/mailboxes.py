"""The accounts that a workspace sends through."""

from .mailbox_models import Mailbox, MailboxKind


def server_mailbox(workspace_id):
    """The Mailbox that stands for the installation's own mail server, made when it is first asked for.

    Without MAIL_URL what goes through it is captured.
    """
    which = {"workspace": workspace_id, "kind": MailboxKind.SERVER, "email": ""}
    Mailbox.insert(which).on_conflict_ignore().execute()
    return Mailbox.of(workspace_id).where(Mailbox.kind == MailboxKind.SERVER).get()
