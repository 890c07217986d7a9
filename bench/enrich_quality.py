"""What is found on saved pages of invented companies without a model: coverage and precision by field; and the CPU of
extraction as a multiple of selectolax's own parse of a page of 50 KB. `-v` names every miss.
"""

import json
import statistics
import sys
import time

from common import ROOT, report

from webapp.enrichment.claims import Page
from webapp.enrichment.extract import extract, language

PAGES = ROOT / "tests" / "enrichment" / "pages"
LISTS = ("social", "technologies", "key_people")  # several values are right
UNSCORED = ("website", "domain", "description")  # every page has them
PAIRS = 41


def saved_pages():
    """[(file, Page, {field: right values}), …]."""
    for file, about in json.loads((PAGES / "expected.json").read_text("utf-8")).items():
        text = (PAGES / file).read_bytes().decode(about.get("charset", "utf-8"))
        yield (
            file,
            Page(about["url"], about["url"], 200, "text/html", about.get("headers", {}), text),
            about["expected"],
        )


def score(pages):
    """{field: [expected, found, right]} and the misses as sentences."""
    table, misses = {}, []
    for file, page, expected in pages:
        found = {}
        for claim in sorted(extract(page), key=lambda one: -one.confidence):
            found.setdefault(claim.field, []).append(claim.value)
        found["language"] = [language(page)]
        for field in sorted({*expected, *found} - set(UNSCORED)):
            wanted, said = expected.get(field, []), found.get(field, [])
            wanted = [wanted] if isinstance(wanted, str) else wanted
            row = table.setdefault(field, [0, 0, 0])
            if field in LISTS:
                said = [one for one in said if wanted]  # what a page also shows is not listed for every page
                right = len(set(wanted) & set(said))
                row[0] += len(wanted)
                row[1] += right if field == "technologies" else len(said)
            else:
                said, right = said[:1], int(bool(said) and said[0] in wanted)
                row[0] += bool(wanted)
                row[1] += len(said)
            row[2] += right
            if right < (len(wanted) if field in LISTS else bool(wanted)) or (said and not right):
                misses.append(f"{file}: {field} should be {wanted}, found {said}")
    return table, misses


def page_of_50_kb():
    """A page as a builder's kit makes it: many wrapped elements, files, a menu, structured data, a foot."""
    files = "".join(
        f'<link rel="stylesheet" id="s{i}" href="/wp-content/plugins/p{i}/style.css?ver=6.{i}" media="all">'
        f'<script src="/wp-content/plugins/p{i}/main.js?ver=1.{i}" id="js-{i}"></script>'
        for i in range(15)
    )
    menu = "".join(
        f'<li class="menu-item menu-item-{i}"><a href="/leistungen/punkt-{i}/" class="nav-link"><span>Leistung</span>'
        "</a></li>"
        for i in range(40)
    )
    part = (
        '<section class="section section-{i} et_pb_row"><div class="container"><div class="row"><div class="col-md-6">'
        '<h2 class="title">Bauen mit Erfahrung</h2><p>Wir bauen seit vielen Jahren für unsere Kunden in der Region und '
        "zwar mit <strong>eigenen Leuten</strong> auf jeder Baustelle. Vom ersten Gespräch bis zur Übergabe haben Sie "
        'einen Ansprechpartner.</p><a class="btn btn-primary" href="/projekt-{i}/">Mehr erfahren</a></div><div '
        'class="col-md-6"><img src="/wp-content/uploads/bild-{i}.jpg" alt="Baustelle" width="800" height="600" '
        'loading="lazy"></div></div></div></section>'
    )
    saved = (PAGES / "kessler-bau.de.html").read_text("utf-8")
    head, rest = saved.split("</head>")
    body, foot = rest.split("<footer>")
    sections = "".join(part.replace("{i}", str(i)) for i in range(63))
    return f"{head}{files}</head>{body}<nav><ul>{menu}</ul></nav>{sections}<footer>{foot}"


def cpu(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def main():
    table, misses = score(saved_pages())
    for field, (expected, found, right) in sorted(table.items()):
        coverage, precision = right / (expected or 1), right / (found or 1)
        print(f"{field:16} coverage {coverage:6.1%} of {expected:3}   precision {precision:6.1%} of {found:3}")
    if "-v" in sys.argv:
        print("\n".join(misses))
    for field, bar in (("company_name", 0.84), ("language", 0.95)):
        expected, _, right = table[field]
        report(f"enrich: {field} right, share", right / expected, 1, expected, f">= {bar}")
    from selectolax.lexbor import LexborHTMLParser

    html = page_of_50_kb()
    page = Page("https://www.kessler-bau.de/", "https://www.kessler-bau.de/", 200, "text/html", {}, html)
    pairs = [(cpu(lambda: extract(page)), cpu(lambda: LexborHTMLParser(html))) for _ in range(PAIRS)]
    ours, parse = (statistics.median(row) * 1000 for row in zip(*pairs, strict=True))
    ratio = statistics.median(first / second for first, second in pairs)
    report(f"enrich: extraction of {len(html) // 1000} KB, CPU ms", ours, parse, PAIRS, "<= 4", ratio=ratio)


if __name__ == "__main__":
    main()
