"""Regions that are drawn once for the values they show, then kept: rows, cards, the sidebar.

A list is asked for again and again while its rows hardly change, and drawing them is what a page costs most. A kept
region is a function of the values given to it and of nothing else, so it cannot be stale: its template may read no
current user, session, request or clock, and no filter that does (pass `zone`, `today` or the finished text instead).

One thing around the request is a value of every region without being given: the locale that is spoken (web/locale.py),
since hardly a region shows neither a number nor a date. So filters that only follow the locale may be used freely.
"""

from functools import lru_cache

from markupsafe import Markup
from peewee import Model

from .locale import spoken

REGIONS = 2048  # rows and cards, of about 2 KB each
PAGES = 64  # whole pages, of up to 250 KB


class Snapshot:
    """A model instance to keep a region under: equal to another only when all of its values are."""

    __slots__ = ("_instance", "_values")

    def __init__(self, instance):
        values = instance.__data__.values()
        self._instance = instance
        self._values = type(instance), tuple(repr(value) if isinstance(value, dict) else value for value in values)

    def __getattr__(self, name):
        return getattr(self._instance, name)

    def __hash__(self):
        return hash(self._values)

    def __eq__(self, other):
        return isinstance(other, Snapshot) and self._values == other._values


def register(app):
    """Gives templates `"folder/_region.html"|kept(name=value, …)`, and `kept_page` for a page's whole content, of which
    fewer are kept. Values must be hashable. Returns kept.

    A filter, since Jinja calls one several times faster than a function, and a page has a hundred regions.
    """

    def draw(template, _locale, **values):
        if any(isinstance(value, Model) for value in values.values()):
            raise TypeError("A row equals another with its id, whatever it holds: give row|snapshot.")
        return Markup(app.jinja_env.get_template(template).render(values))

    def keep(size):
        # typed: a text must not get what was drawn for equal, safe markup
        drawn = draw if app.jinja_env.auto_reload else lru_cache(maxsize=size, typed=True)(draw)

        def kept(template, **values):
            return drawn(template, spoken(), **values)

        return kept

    kept = keep(REGIONS)
    app.jinja_env.filters.update(kept=kept, kept_page=keep(PAGES), snapshot=Snapshot)
    return kept
