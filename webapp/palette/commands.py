"""What can be started or opened by its name. Which of these a member may use, the views know."""

from typing import NamedTuple


class Command(NamedTuple):
    """`words` are others that it is found by, `keys` what is typed for it; `first` ones show before anything is typed.

    Without an `endpoint` it is a choice: the button of the `form` of the sidebar that sends `name` with `value`.
    """

    label: str
    icon: str
    endpoint: str = ""
    words: str = ""
    keys: tuple = ()
    first: bool = False
    aside: str = ""
    form: str = ""
    name: str = ""
    value: str = ""


COMMANDS = (
    Command("New lead", "plus", "leads.new", "add create person company", first=True),
    Command("Import leads", "upload", "imports.new", "upload file leads spreadsheet", first=True),
    Command("New campaign", "send", "campaigns.new", "add create mail write", first=True),
    Command("Enrich companies", "sparkles", "enrichment.new", "look up names research facts paste", first=True),
    Command("New to-do", "square-check", "todos.new", "add create task follow-up reminder"),
    Command("Go to To-dos", "square-check", "todos.index", "tasks follow-ups due overdue", ("G", "T"), first=True),
    Command("Go to Home", "house", "home.index", "start dashboard overview", ("G", "H")),
    Command("Go to the board", "square-kanban", "leads.board", "leads pipeline stages kanban", ("G", "L")),
    Command("Go to the table", "table-2", "leads.index", "leads list all"),
    Command("Go to Enrichment", "sparkles", "enrichment.index", "jobs facts research", ("G", "E")),
    Command("Values to decide", "arrow-left-right", "enrichment.decide", "enrichment conflicts accept reject"),
    Command("Quality of enrichment", "gauge", "enrichment.how_well", "coverage acceptance fields"),
    Command("Go to Campaigns", "send", "campaigns.index", "mails", ("G", "C")),
    Command("Go to Inbox", "inbox", "inbox.index", "replies mails conversations answer", ("G", "I"), first=True),
    Command("Go to Mail log", "mail-check", "campaigns.mail_log", "sent messages deliveries"),
    Command("Ask the assistant", "sparkles", "assistant.index", "question answer model data ai"),
    Command("Go to Imports", "history", "imports.index", "files uploads receipts"),
    Command("Invite a member", "user-plus", "invitations.new", "add teammate people colleague", first=True),
    Command("Duplicates", "git-merge", "duplicates.index", "merge same double leads"),
    Command("Bin", "trash-2", "bin.index", "deleted restore trash leads"),
    Command("History of changes", "history", "history.index", "audit undo restore fields"),
    Command("New workspace", "building-2", "workspaces.new", "add create team"),
)
THEMES = tuple(
    Command(label, icon, words="theme appearance mode colour color", form="theme", name="theme", value=value)
    for value, label, icon in (
        ("light", "Light theme", "sun"),
        ("dark", "Dark theme", "moon"),
        ("system", "Theme of this device", "sun-moon"),
    )
)


def switches(member):
    """A Command for each other workspace of the member."""
    return tuple(
        Command(f"Switch to {name}", "building-2", words="workspace change", form="switch-workspace",
                name="workspace_id", value=str(workspace_id))
        for workspace_id, name in member.workspaces
        if workspace_id != member.workspace.id
    )  # fmt: skip
