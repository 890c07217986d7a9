"""The design's patterns as templates use them: icons, and the macros of shared/ui.html."""

from functools import lru_cache

from markupsafe import Markup


def icon_maker(icons_url):
    @lru_cache(maxsize=1024, typed=True)
    def icon(name, size="", cls=""):
        """An icon of the sprite, hidden from screen readers: the word stands beside it."""
        classes = f"icon {cls}".strip()
        sized = Markup(' data-size="{}"').format(size) if size else ""
        return Markup('<svg class="{}"{} aria-hidden="true"><use href="{}#{}"></use></svg>').format(
            classes, sized, icons_url, name
        )

    return icon


class Macros:
    """The macros of one template as a Jinja global. An import would be missing when a block is rendered alone.

    A list repeats the same few stages, tiles and people on every row, so what these draw is kept (2 instead of 8 µs).
    By type, too: a text must not get what was drawn for equal markup that needed no escaping.
    """

    KEPT = frozenset({"avatar", "tile", "stage", "status", "badge", "tag", "kbd"})

    def __init__(self, environment, template):
        self._environment, self._template = environment, template

    def __getattr__(self, name):
        macro = getattr(self._environment.get_template(self._template).module, name)
        if not self._environment.auto_reload:
            self.__dict__[name] = macro = lru_cache(maxsize=4096, typed=True)(macro) if name in self.KEPT else macro
        return macro
