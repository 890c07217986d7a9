"""Pages that are about no company: domains for sale, fresh servers, walls against robots."""

import re

_SIGNS = re.compile(
    r"this domain (?:name )?(?:is|may be) for sale|domain (?:is )?parked|parked (?:free|domain)|buy this domain|"
    r"domain (?:has )?expired|"
    r"diese domain (?:steht zum verkauf|ist geparkt|ist registriert|kaufen)|domain steht zum verkauf|ce (?:nom "
    r"de )?domaine est (?:à vendre|réservé)|"
    r"este dominio está (?:en venta|aparcado|a la venta)|questo dominio è (?:in vendita|parcheggiato)|deze "
    r"domeinnaam is (?:te koop|gereserveerd)|"
    r"domena (?:jest )?na sprzedaż|domänen är (?:parkerad|till salu)|このドメインは|sedoparking|parkingcrew|bodis\.com|"
    r"afternic|"
    r"welcome to nginx|apache2 (?:ubuntu|debian) default page|it works!|iis windows server|default web site page|"
    r"plesk (?:default|obsidian)|web server's default page|cpanel,? inc|hier entsteht (?:in kürze )?eine neue|"
    r"account (?:has been )?suspended|checking your browser|just a moment\.\.\.|attention required! \| "
    r"cloudflare|verify (?:that )?you are (?:a )?human|"
    r"enable javascript and cookies to continue|access denied|are you a robot|request blocked|captcha-delivery|"
    r"_incapsula_|"
    r"index of /",
    re.IGNORECASE,
)
_SHORT = 2_500  # characters: a page that says more is about something


def is_about_nobody(document):
    """Whether a page only says that here is nobody yet, or that nobody may look."""
    head = f"{document.title}\n{document.meta('description')}"
    if _SIGNS.search(head):
        return len(document.text) < _SHORT * 2
    if len(document.text) < _SHORT:
        return bool(
            _SIGNS.search(document.text) or (len(document.text) < 400 and _SIGNS.search(document.html[:20_000]))
        )
    return False
