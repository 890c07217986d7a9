"""What each role may do. One table, read by the guards and by the templates."""

from .models import Role

ABILITIES = {
    "view": {Role.OWNER, Role.MANAGER, Role.MEMBER, Role.VIEWER},  # see leads, campaigns, imports
    "write": {Role.OWNER, Role.MANAGER, Role.MEMBER},  # change leads, import, write and send campaigns
}


def allowed(role, ability):
    return role in ABILITIES[ability]
