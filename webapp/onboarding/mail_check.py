"""Whether mail leaves this server, and proof of it: a mail to oneself."""

from webapp import config
from webapp.auth.throttle import hit
from webapp.core.errors import Invalid
from webapp.mail.letters import letter
from webapp.mail.smtp import Dropped, Rejected, Server, Unanswered, Unavailable
from webapp.mail.transports import send_one


def mail_server():
    """(host and port, sender's address) that mail leaves through, or None while it is captured."""
    settings = config.current()
    if settings.mail_url is None:
        return None
    server = Server.of(settings.mail_url)
    return f"{server.host}:{server.port}", settings.mail_from


def send_test(member):
    """Send a mail to `member` now: they wait for the answer. Raises Invalid with what went wrong, and TooMany."""
    hit(f"test mail {member.user_id}", limit=20, seconds=600)
    mail = letter("test", email=member.email, name=member.full_name, workspace=member.workspace.name)
    try:
        send_one(member.workspace, mail)
    except (Unavailable, Rejected, Dropped, Unanswered) as error:
        raise Invalid(f"The test did not go out. {error}") from error
