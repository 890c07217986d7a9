"""What is recognised of others' bounces, automatic replies and ordinary mails: whom they name, of which class, and how
many mails are taken for bounces that are none; beside flufl.bounce alone. `-v` names every miss.

The mails are test data of public packages, fetched by their clients and kept only while this runs: flufl.bounce (PyPI),
Mail::DeliveryStatus::BounceParser (Debian's source), baunsu (npm), the standard library's own. What cannot be fetched
is left out.
"""

import ast
import logging
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from common import report, temporary_folder

from webapp.inbox import parsing, understanding
from webapp.inbox.models import Kind

DEBIAN = "libmail-deliverystatus-bounceparser-perl"
CLASSES = (  # of what a file of BounceParser's corpus or of baunsu is named after
    ("hard", r"unknown|doesnotexist|no-such-domain|nomailbox|rcpt-dne|badrcptto|deactivated|polish-unknown|bounce_"),
    ("soft", r"quota|message-too-large"),
    ("blocked", r"spam-rejection|spamassassin|spambouncer|junkemail|relay|rcpthosts"),
)
NOT_IT = r"spam-(with-image|lots|bogus)|warning|via-sendmail.host|exchange.unknown|bounce_spam"  # tell of another
NO_BOUNCES = r"(?<!non-)autoreply|aol-vacation|bluebottle|boxbe-cr|ordinary|encoded_spam|auto_"
AUTOMATIC = r"(?<!non-)autoreply|aol-vacation|auto_"


def run(folder, *command):
    folder.mkdir(exist_ok=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    for archive in [*folder.glob("*.tar.*"), *folder.glob("*.tgz")]:
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
    return done.returncode == 0


def fetched(folder):
    """{source: its files}."""
    run(
        folder / "pypi",
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        ":all:",
        "flufl.bounce",
    )
    run(folder / "npm", "npm", "pack", "--silent", "baunsu")
    sources, lists = folder / "sources.list", folder / "lists"
    (lists / "partial").mkdir(parents=True)
    sources.write_text("deb-src http://deb.debian.org/debian bookworm main\n")
    apt = ["apt-get", "-q", "-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null"]
    apt += ["-o", f"Dir::State::Lists={lists}"]
    run(folder / "debian", *apt, "update")
    run(folder / "debian", *apt, "source", "--download-only", DEBIAN)
    return {
        "flufl": sorted(folder.glob("pypi/*/tests/data/*.txt")),
        "named": sorted([*folder.glob("debian/*/t/corpus/*.msg"), *folder.glob("npm/package/tests/emails/*")]),
        "tests": next(iter(folder.glob("pypi/*/tests/test_detectors.py")), None),
    }


def expected_by_flufl(tests):
    """{file: addresses} of what flufl.bounce's own tests want found."""
    found = {}
    for node in ast.walk(ast.parse(tests.read_text("utf-8"))):
        if isinstance(node, ast.Tuple) and len(node.elts) == 4 and isinstance(node.elts[2], ast.List):
            file, addresses = ast.literal_eval(node.elts[1]), ast.literal_eval(node.elts[2])
            found.setdefault(file, set()).update(one.decode().lower() for one in addresses)
    return {file: addresses for file, addresses in found.items() if addresses}


def understood(path):
    message = parsing.message_of(path.read_bytes())
    return message, understanding.understand(message, parsing.parsed_of(message))


def by_flufl_alone(message):
    from flufl.bounce import all_failures

    logging.getLogger("flufl.bounce").disabled = True
    try:
        soft, hard = all_failures(message)
    except Exception:
        return {}
    return dict.fromkeys(soft, "soft") | dict.fromkeys(hard, "hard")


def recipients(files, wanted, misses):
    right = 0
    for path in files:
        if path.name in wanted:
            _, got = understood(path)
            addresses = {one.email for one in got.bounces}
            is_right = bool(addresses) and addresses <= wanted[path.name]
            right += is_right
            if not is_right:
                misses.append(f"{path.name}: {sorted(wanted[path.name])}, found {sorted(addresses)}")
    return right, sum(path.name in wanted for path in files)


def classes(files, misses):
    """(right, right of flufl.bounce alone, of how many)."""
    right = theirs = count = 0
    for path in files:
        want = next((name for name, pattern in CLASSES if re.search(pattern, path.name)), None)
        if want is None or re.search(NOT_IT, path.name):
            continue
        message, got = understood(path)
        said = {one.bounce_class.value for one in got.bounces}
        count += 1
        right += said == {want}
        theirs += set(by_flufl_alone(message).values()) == {want}
        if said != {want}:
            misses.append(f"{path.name}: {want}, found {sorted(said)} {[one.said[:80] for one in got.bounces]}")
    return right, theirs, count


def ordinary(files):
    """Mails that report no failure."""
    import test.test_email

    standard = Path(test.test_email.__file__).parent.glob("data/msg_*.txt")
    reports = {"msg_05.txt", "msg_16.txt", "msg_25.txt", "msg_43.txt"}  # these are reports
    return [one for one in files if re.search(NO_BOUNCES, one.name)] + [
        one for one in standard if one.name not in reports
    ]


def main():
    misses = []
    with temporary_folder() as folder:
        found = fetched(folder)
        if found["flufl"]:
            right, count = recipients(found["flufl"], expected_by_flufl(found["tests"]), misses)
            report("bounces: right recipient, share", right / count, 1, count, ">= 0.92")
        right, theirs, count = classes(found["named"], misses)
        if count:
            more = {"flufl_alone": round(theirs / count, 3)}
            report("bounces: right class, share", right / count, 1, count, ">= 0.97", **more)
        none = ordinary(found["named"])
        flagged = [path.name for path in none if understood(path)[1].bounces]
        report("bounces: others taken for one, share", len(flagged) / len(none), 1, len(none), f"<= {1 / 32:.3f}")
        marked = [path for path in found["named"] if re.search(AUTOMATIC, path.name)]
        if marked:
            known = sum(understood(path)[1].kind == Kind.AUTO_REPLY for path in marked)
            report("automatic replies recognised, share", known / len(marked), 1, len(marked), ">= 1")
        misses += [f"{name}: no bounce" for name in flagged]
    if "-v" in sys.argv:
        print("\n".join(misses))


if __name__ == "__main__":
    main()
