"""What a person says about themselves: their name, and how they want to see things."""

from webapp.core.errors import Invalid
from webapp.core.locales import LOCALES

from .models import User
from .workspaces import known_time_zone


def rename(member, full_name):
    """Call the person `full_name` from now on."""
    User.update(full_name=full_name).where(User.id == member.user_id).execute()


def set_preferences(member, *, theme, time_zone, locale):
    """How pages look to this person: a Theme, the name of a time zone, a key of LOCALES. Raises Invalid."""
    if locale not in LOCALES:
        raise Invalid("Choose a language from the list.", "locale")
    if known_time_zone(time_zone) != time_zone:
        raise Invalid("Choose a time zone from the list, such as Europe/Berlin.", "time_zone")
    changes = {"theme": theme, "time_zone": time_zone, "locale": locale}
    User.update(changes).where(User.id == member.user_id).execute()
