"""The links in mails of Galena's own, as tests follow them."""

import re

from webapp.accounts.models import Notice
from webapp.mail.queries import opened


def link_to(address):
    """The path of the newest link in a captured mail to `address`, or None."""
    query = Notice.select().where(Notice.email == address, Notice.raw.is_null(False)).order_by(Notice.id.desc())
    for notice in query:
        if found := re.search(r"http://galena\.test(/\S+/\S+)", opened(notice.raw).text):
            return found[1]
    return None
