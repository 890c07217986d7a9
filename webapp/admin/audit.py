"""Reading the audit log: its entries as sentences."""

from peewee import JOIN

from webapp.accounts.models import AuditEntry, Workspace
from webapp.core.paging import page_of

SIZE = 50

# Every action as a sentence: {who} did it, to {subject}, in the workspace {here}.
SENTENCES = {
    "account.deleted": "Somebody deleted their account",
    "center.archived": "{who} archived the center {subject} of {here}",
    "center.assignment_set": "{who} changed how leads are assigned in {subject}",
    "center.brought_back": "{who} brought back the center {subject} of {here}",
    "center.capacity_set": "{who} changed the capacity of {subject}",
    "center.created": "{who} made the center {subject} in {here}",
    "center.member_added": "{who} added {subject}",
    "center.member_removed": "{who} removed {subject}",
    "center.renamed": "{who} renamed a center of {here} to {subject}",
    "enrichment.settings_changed": "{who} changed how {here} enriches leads",
    "field.created": "{who} made the field {subject} in {here}",
    "field.deleted": "{who} deleted the field {subject} of {here}",
    "field.options_changed": "{who} changed the options of the field {subject} of {here}",
    "field.renamed": "{who} renamed a field of {here} to {subject}",
    "google.linked": "{who} linked the Google account {subject}",
    "google.unlinked": "{who} unlinked the Google account {subject}",
    "inbox.settings_changed": "{who} changed what the inbox of {here} does by itself",
    "invitation.accepted": "{subject} joined {here} by invitation",
    "invitation.link_copied": "{who} copied the link that invites {subject} to {here}",
    "invitation.made": "{who} invited {subject} to {here}",
    "invitation.sent_again": "{who} sent {subject} the invitation to {here} again",
    "invitation.withdrawn": "{who} withdrew the invitation of {subject} to {here}",
    "lead.erased": "{who} deleted {subject} of {here} for good",
    "suppression.added": "{who} added {subject} to the suppression list of {here}",
    "suppression.released": "{who} took {subject} off the suppression list of {here}",
    "mailbox.added": "{who} added the mailbox {subject} to {here}",
    "mailbox.changed": "{who} changed the mailbox {subject} of {here}",
    "mailbox.connected": "{who} connected the mailbox {subject} of {here} again",
    "mailbox.deleted": "{who} deleted the mailbox {subject} of {here}",
    "mailbox.paused": "{who} paused the mailbox {subject} of {here}",
    "mailbox.read_again": "{who} had {subject} of {here} read again",
    "mailbox.reading_changed": "{who} changed what is read of the mailbox {subject} of {here}",
    "mailbox.reading_off": "{who} switched off the reading of {subject} of {here}",
    "mailbox.reading_on": "{who} switched on the reading of {subject} of {here}",
    "mailbox.resumed": "{who} resumed the mailbox {subject} of {here}",
    "member.left": "{who} left {here}",
    "member.reach_changed": "{who} changed what {subject} sees in {here}",
    "member.removed": "{who} removed {subject} from {here}",
    "member.role_changed": "{who} changed the role of {subject} in {here}",
    "notice.tried_again": "{who} tried the mail to {subject} again",
    "score.changed": "{who} changed the rules by which {here} scores leads",
    "tag.deleted": "{who} deleted the tag {subject} of {here}",
    "tag.merged": "{who} merged the tag {subject} in {here}",
    "tag.renamed": "{who} renamed a tag of {here} to {subject}",
    "two_factor.codes_renewed": "{who} made new recovery codes",
    "two_factor.off": "{who} switched off their two-factor sign-in",
    "two_factor.on": "{who} set up two-factor sign-in",
    "two_factor.recovery_code_used": "{subject} signed in with a recovery code",
    "two_factor.reset": "{who} took two-factor sign-in off {subject}",
    "user.deactivated": "{who} deactivated {subject}",
    "user.email_changed": "{subject} confirmed another e-mail address",
    "user.made_admin": "{who} made {subject} a site admin",
    "user.password_changed": "{who} changed their password",
    "user.password_link_sent": "{who} sent {subject} a link to set a password",
    "user.password_reset": "{subject} set a new password by a link",
    "user.reactivated": "{who} reactivated {subject}",
    "user.reset_link_printed": "A link to set a password for {subject} was printed on the server",
    "user.signed_out": "{who} signed {subject} out everywhere",
    "user.unmade_admin": "{who} took the rights of a site admin from {subject}",
    "workspace.changed": "{who} changed the settings of {subject}",
    "workspace.deleted": "{who} deleted the workspace {subject}",
    "workspace.transferred": "{who} made {subject} the owner of {here}",
    "workspace.two_factor_not_required": "{who} made two-factor sign-in optional in {here}",
    "workspace.two_factor_required": "{who} asked everybody in {here} for two-factor sign-in",
}
ACTIONS = [(action, action.replace(".", " ").replace("_", " ").capitalize()) for action in SENTENCES]
UNTOLD = ("_id",)  # what ends so is for programs


def entries(*, actor="", action="", workspace="", cursor=None):
    """A Page of entries with their workspaces, the newest first.

    `actor` is a part of a name, `action` one of SENTENCES, `workspace` a slug or a part of a name.
    """
    query = AuditEntry.select(AuditEntry, Workspace).join(Workspace, JOIN.LEFT_OUTER)
    if actor := actor.strip():
        query = query.where(AuditEntry.actor_name.contains(actor))
    if action in SENTENCES:
        query = query.where(AuditEntry.action == action)
    if workspace := workspace.strip():
        query = query.where((Workspace.slug == workspace.lower()) | Workspace.name.contains(workspace))
    return page_of(query, [AuditEntry.id], lambda entry: [entry.id], size=SIZE, cursor=cursor)


def sentence(entry):
    """Who did what, as one sentence: "Alice Archer removed Bob Baker from Acme"."""
    template = SENTENCES.get(entry.action, "{who}: {action} {subject}")
    here = entry.workspace.name if entry.workspace_id else "a workspace that is gone"
    action = entry.action.replace(".", " ").replace("_", " ")
    return template.format(who=entry.actor_name or "Galena", subject=entry.subject, here=here, action=action)


def details(entry):
    """What else the entry holds, as (name, words) pairs: ("role", "member, then manager")."""
    told = {name: value for name, value in entry.data.items() if not name.endswith(UNTOLD) and value not in (None, "")}
    return [(name.replace("_", " "), _words(value)) for name, value in told.items()]


def _words(value):
    if isinstance(value, list) and len(value) == 2:
        return f"{_words(value[0])}, then {_words(value[1])}"
    return "nothing" if value in (None, "") else str(value)
