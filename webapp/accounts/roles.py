"""What each role may do. One table, read by the guards, the verbs and the templates (`current_user.can("write")`)."""

from .models import Role

OWNER, MANAGER, MEMBER, VIEWER = Role

ABILITIES = {
    "view": {OWNER, MANAGER, MEMBER, VIEWER},  # see leads, campaigns, imports
    "write": {OWNER, MANAGER, MEMBER},  # change leads, import, write and send campaigns
    "erase": {OWNER, MANAGER},  # delete leads in the bin for good
    "invite": {OWNER, MANAGER},  # invite people; a manager only to the roles below their own
    "centers": {OWNER, MANAGER},  # make, rename and archive centers, say who is in them and how leads are assigned
    "mailboxes": {OWNER, MANAGER},  # have a hand in everybody's mailboxes; whoever may write has one in their own
    "members": {OWNER},  # change roles and reach, remove people
    "workspace": {OWNER},  # name, address, two-factor for all, transfer of ownership
}


def allowed(role, ability):
    """Whether `role` has `ability`. Nobody without a role, a person in no workspace, has any."""
    return role in ABILITIES[ability]
