"""In which language a page is: by its letters, by its commonest words, else by what it says of itself."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

from .document import document

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"([a-z]{2,3})(?:[-_].*)?")
_READ = 12_000  # characters
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ar", re.compile("[\u0620-\u064a\u06a9-\u06cc]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("hi", re.compile("[\u0904-\u0939]")),
    ("ka", re.compile("[\u10d0-\u10ff]")),
    ("hy", re.compile("[\u0531-\u0587]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_SAME_WORDS = """
    nb=no nn=no iw=he in=id deu=de ger=de eng=en fra=fr jp=ja spa=es ita=it nld=nl pol=pl swe=sv cz=cs gr=el se=sv dk=da
    ua=uk"""
_SAME = dict(word.split("=") for word in _SAME_WORDS.split())  # what people write instead of the code
# Languages that share so many words that a page is believed which of them it is in.
_CLOSE_WORDS = "da no sv|es pt gl ca|cs sk|hr sr bs sl|id ms|nl af|ru uk bg sr be mk kk|ar fa ur|zh ja|hi mr ne"
_CLOSE = [set(words.split()) for words in _CLOSE_WORDS.split("|")]


def language(page):
    """The ISO 639-1 code of the language that a page is written in, "" when nobody can say."""
    page = document(page)
    if not page.html:
        return ""
    declared = _declared(page)
    text = "\n".join((page.text[:_READ], page.title, page.meta("description", "og:description")))
    return _by_letters(text, declared) or _by_words(text, declared) or declared


def _declared(page):
    """What the page says of itself; it is often the default of a template."""
    for said in (
        page.lang,
        page.meta("og:locale", "content-language", "language"),
        page.page.headers.get("content-language", ""),
    ):
        if match := _CODE.fullmatch(said.strip().lower().partition(",")[0]):
            code = _SAME.get(match[1], match[1])
            return code if len(code) == 2 else ""
    return ""


def _by_letters(text, declared):
    """The language of a script that few languages share, when a good part of the text is in it."""
    if text.isascii():
        return ""
    letters = sum(map(len, _WORD.findall(text))) or 1
    counts = {code: len(pattern.findall(text)) for code, pattern in _SCRIPTS}
    code, count = max(counts.items(), key=lambda item: item[1])
    if count < 5 or count / letters < (0.2 if code in ("ja", "zh", "ko") else 0.4):
        east = counts["ja"] + counts["zh"]
        if counts["ja"] >= 5 and east / letters >= 0.2:
            return "ja"
        return ""
    if code == "zh" and counts["ja"] / count > 0.08:
        return "ja"
    if code == "ru":
        return _cyrillic(text, declared)
    return declared if any({code, declared} <= close for close in _CLOSE) and code != "ja" else code


def _cyrillic(text, declared):
    text = text.lower()
    if any(letter in text for letter in "іїєґ") and text.count("ы") < text.count("і"):
        return "be" if text.count("ў") > 2 else "uk"
    if text.count("ы") > 2:
        return "kk" if declared == "kk" else "ru"
    if any(letter in text for letter in "ђћјљњ"):
        return "mk" if declared == "mk" else "sr"
    return declared if declared in ("bg", "mk", "sr") else "bg" if text.count("ъ") > 5 else "ru"


def _by_words(text, declared):
    """The language whose commonest words stand here most often, when it is clear enough."""
    words = Counter(word for word in _WORD.findall(text.lower()))
    total, table, scores = words.total(), _commonest(), Counter()
    for word, count in words.items():
        for code, weight in table.get(word, ()):
            scores[code] += weight * min(count, 12)
    if not scores or total < 4:
        return ""
    (best, first), *rest = scores.most_common(2)
    second = rest[0][1] if rest else 0
    if declared and declared != best and any({declared, best} <= close for close in _CLOSE):
        return declared if scores[declared] >= first * 0.75 else best
    if declared == best:
        return best
    enough = 3 if not declared else 6
    return best if first >= enough and first >= 1.25 * second and first / total > 0.04 else ""


@cache
def _commonest():
    """{word: ((language, weight), …)}; a word of several languages weighs less in each."""
    table = {}
    for line in (Path(__file__).parent / "commonest_words.txt").read_text("utf-8").splitlines():
        code, _, words = line.partition(":")
        for word in words.split():
            table.setdefault(word, set()).add(code)
    return {word: tuple((code, 1 / len(codes)) for code in codes) for word, codes in table.items()}
