"""What a site lets programs read: robots.txt (RFC 9309)."""

import re
from typing import NamedTuple

from protego import Protego

NAME = "galena"  # the product token of our user agent
LONGEST_DELAY = 10.0  # seconds between pages that we wait for
_AGENT = re.compile(r"^[ \t]*user[- ]?agent[ \t]*:?[ \t]*([^#\r\n]*)[^\r\n]*$", re.IGNORECASE | re.MULTILINE)
_OURS = re.compile(rf"\*?{NAME}(?![a-z_-])", re.IGNORECASE)


class Rules(NamedTuple):
    """`refusal` is why nothing may be read at all, or "". `delay`: seconds between two pages."""

    file: object = None  # a Protego
    refusal: str = ""
    delay: float = 0.0

    def refusal_of(self, url):
        """Why `url` may not be read, or ""."""
        if self.refusal or self.file is None or self.file.can_fetch(url, NAME):
            return self.refusal
        return "robots.txt says no"


def rules_of(status, text):
    """The Rules that an answer to /robots.txt makes: none there (4xx) is a yes, a server in trouble a no."""
    if status >= 500 or status == 429:
        return Rules(refusal=f"the server cannot say what its robots.txt allows ({status})")
    if status != 200:
        return Rules()
    file = Protego.parse(_AGENT.sub(_short, text))
    delay = file.crawl_delay(NAME) or 0.0
    if delay > LONGEST_DELAY:
        return Rules(refusal=f"robots.txt wants {delay:g} seconds between pages")
    return Rules(file, "", delay)


def _short(found):
    """Groups for others become one. Parsing takes as long as there are agents times rules: a hostile file of 500 KB
    would hold us for minutes.
    """
    agent = found[1].strip()
    return f"User-agent: {NAME if _OURS.match(agent) else agent if agent == '*' else 'others'}"
