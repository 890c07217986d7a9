"""What a browser calls itself, in words: "Firefox on Linux". Good for recognising one's own devices, not for deciding.

A User-Agent is whatever the browser says, and most say they are several at once, so the tables below go from the
particular to the general. An iPad that asks for desktop pages says it is a Mac; nothing in the header tells otherwise.
"""

import re
from typing import NamedTuple

BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|OPT/|OPiOS/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Vivaldi/", "Vivaldi"),
    (r"YaBrowser/", "Yandex Browser"),
    (r"DuckDuckGo/|Ddg/", "DuckDuckGo"),
    (r"FxiOS/|Firefox/|Focus/", "Firefox"),
    (r"CriOS/|Chrome/|Chromium/", "Chrome"),
    (r"Version/[\d.]+ .*Safari/", "Safari"),
    (r"MSIE |Trident/", "Internet Explorer"),
)
SYSTEMS = (
    (r"iPhone|iPod", "iPhone", "smartphone"),
    (r"iPad", "iPad", "smartphone"),
    (r"Android", "Android", "smartphone"),
    (r"CrOS ", "ChromeOS", "laptop"),
    (r"Windows", "Windows", "monitor"),
    (r"Macintosh|Mac OS X", "Mac", "laptop"),
    (r"FreeBSD|OpenBSD", "BSD", "laptop"),
    (r"Linux|X11", "Linux", "laptop"),
)
_TOOL = re.compile(r"[A-Za-z][\w-]{1,30}(?=/[\d.]+|$)")  # curl/8.5.0


class Device(NamedTuple):
    icon: str
    name: str


def device(agent):
    """The Device that the header `agent` speaks of."""
    browser = next((name for pattern, name in BROWSERS if re.search(pattern, agent)), None)
    system, icon = next(((name, icon) for pattern, name, icon in SYSTEMS if re.search(pattern, agent)), (None, None))
    if browser and system:
        return Device(icon, f"{browser} on {system}")
    if system:
        return Device(icon, f"A browser on {system}")
    tool = None if agent.startswith("Mozilla/") else _TOOL.match(agent)
    return Device("monitor", browser or (tool and tool[0]) or "An unknown browser")
