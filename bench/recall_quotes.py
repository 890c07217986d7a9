"""How well quotes are told from what is new, in mails that others have collected: the F1 of lines kept, the mean over
all mails, beside talon 1.4.4 and mail-parser-reply 1.36. The mails are those of talon's and quotequail's own tests, out
of their source distributions, downloaded now; and, given a folder as of github.com/discourse/email_reply_trimmer,
`test`, those in its `emails`, with what is new in `trimmed`. `-v` names every mail that is not right.
"""

import ast
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from common import report

BAR = 0.75
SOURCES = ("talon==1.4.4", "quotequail==0.5.4")
PEERS = ("mail-parser-reply==1.36", "regex", "lxml", "cssselect", "chardet", "six", "html5lib", "setuptools<81")
LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs", "ja", "ko", "zh"]


def pip(*arguments):
    subprocess.run([sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments], check=True)


def fetched(folder):
    """The folder with the sources unpacked and the peers installed."""
    pip("install", "--target", str(folder), "--no-deps", "webencodings", *PEERS)
    for source in SOURCES:
        pip("download", "--no-deps", "--no-binary", source.split("==")[0], "-d", str(folder), source)
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    return folder


def of_talon(folder):
    """[(name, text, what is new), …]: what its tests give to extract_from_plain(), read and not run."""
    tests = next(folder.glob("talon-*/tests/text_quotations_test.py"))
    for function in ast.parse(tests.read_text("utf-8")).body:
        known = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                known[node.targets[0].id] = node.value
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "eq_" and len(node.args) == 2:
                right, call = node.args
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "extract_from_plain":
                    right, text = (constant(value, known) for value in (right, call.args[0]))
                    if text is not None and right is not None:
                        yield f"talon: {function.name}", text, right


def constant(node, known):
    node = known.get(node.id) if isinstance(node, ast.Name) else node
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def of_quotequail(folder):
    """Its tests of quote(): (text, parts by another rule, [(is new, part), …])."""
    tests = ast.parse(next(folder.glob("quotequail-*/tests/test_quote.py")).read_text("utf-8"))
    for node in ast.walk(tests):
        if isinstance(node, ast.Tuple) and len(node.elts) == 3:
            try:
                text, _, parts = ast.literal_eval(node)
            except ValueError:
                continue
            if isinstance(parts, list):
                yield f"quotequail: {text[:40]!r}", text, "\n".join(part for is_new, part in parts if is_new)


def of_folder(folder):
    for file in sorted((folder / "emails").iterdir()):
        yield file.name, file.read_text("utf-8"), (folder / "trimmed" / file.name).read_text("utf-8")


def lines(text):
    return Counter(" ".join(line.split()) for line in text.splitlines() if line.strip())


def f1(found, right):
    """Of two texts, by their lines, blank ones and spaces aside; and the share of the right lines that is there."""
    found, right = lines(found), lines(right)
    same = (found & right).total()
    if not found and not right:
        return 1.0, 1.0
    kept = same / right.total() if right else 1.0
    return 2 * same / (found.total() + right.total()), kept


def ways(folder):
    """{name: function from a text to what is new in it}."""
    from webapp.inbox.quotes import split

    sys.path.insert(0, str(folder))
    sys.path.insert(0, str(folder / "talon-1.4.4"))
    import chardet

    sys.modules["cchardet"] = chardet  # talon wants it, and it is not to be had for this Python
    from mailparser_reply import EmailReplyParser
    from talon import quotations

    replies = EmailReplyParser(languages=LANGUAGES)
    return {
        "ours": lambda text: split(text).fresh,
        "talon": quotations.extract_from_plain,
        "mail-parser-reply": lambda text: replies.parse_reply(text=text) or "",
    }


def main():
    mails_of = {"folder": list(of_folder(Path(sys.argv[1])))} if len(sys.argv) > 1 and sys.argv[1] != "-v" else {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = fetched(Path(scratch))
        mails_of |= {"talon": list(of_talon(folder)), "quotequail": list(of_quotequail(folder))}
        extract = ways(folder)
        for source, mails in mails_of.items():
            mails = [(name, re.sub(r"\r\n?", "\n", text).strip(), right) for name, text, right in mails]
            figures = {}
            for way, function in extract.items():
                results = [f1(function(text), right) for _, text, right in mails]
                figures[way] = sum(score for score, _ in results) / len(results)
                if way == "ours":
                    kept = sum(share for _, share in results) / len(results)
                    misses = [name for (name, _, _), (score, _) in zip(mails, results, strict=True) if score < 1]
            peers = {name: round(figures[name], 3) for name in list(extract)[1:]}
            report(f"quotes of {source}'s mails, F1", figures["ours"], 1, len(mails), f">= {BAR}", kept=kept, **peers)
            if "-v" in sys.argv:
                print("\n".join(misses))


if __name__ == "__main__":
    main()
