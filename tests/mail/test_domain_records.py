"""SPF, DKIM and DMARC by their texts, whole and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mail.name_server import KEY, SHORT_KEY
from webapp.mail import domain_records
from webapp.mail.domain_records import Dmarc, above, dkim_key, dmarc, selector_in, spf, spf_records, spf_tree


def tree(record, **others):
    """The Spf of `record` where other names (dots written as __) have these records."""
    known = {name.replace("__", "."): [text] for name, text in others.items()}
    return spf_tree(record, lambda name: known.get(name, []))


def test_only_records_that_say_so_are_spf():
    texts = ["v=spf1", "V=SPF1 -all", "v=spf10 -all", "spf1 -all", "x v=spf1", ""]
    assert spf_records(texts) == ["v=spf1", "V=SPF1 -all"]


@pytest.mark.parametrize(
    ("record", "lookups", "said", "includes"),
    [
        ("v=spf1 -all", 0, "-", ()),
        ("v=spf1 all", 0, "+", ()),
        ("v=spf1 a mx/24 ptr exists:%{i}.x.example ?all", 4, "?", ()),
        ("v=spf1 include:A.example. ip4:192.0.2.1 ip6:2001:db8::/32 ~all", 1, "~", ("a.example",)),
        ("v=spf1 A:mail.x.example/28 MX:x.example exp=why.x.example -ALL", 2, "-", ()),
        ("v=spf1 -all include:never.example", 0, "-", ()),
        ("v=spf1 moo=cow ip4:192.0.2.0/24", 0, "", ()),
    ],
)
def test_a_record_tells_whom_it_asks_for_and_how_it_ends(record, lookups, said, includes):
    read = spf(record)
    assert (read.lookups, read.all, read.includes, read.problem) == (lookups, said, includes, "")


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:300.1.1.1 -all", "v=spf1 ip6:192.0.2.1 -all", "v=spf1 include -all", "v=spf1 include: -all",
        "v=spf1 includ:x.example -all", "v=spf1 192.0.2.1 -all", "v=spf1 ,a -all", "v=spf1 ip4: ~all", "v=spf1 -",
        "v=spf1 +",
    ],
)  # fmt: skip
def test_one_wrong_word_breaks_a_record(record):
    assert spf(record).problem.startswith("“")


def test_who_lets_no_server_send_forbids_all_mail():
    assert spf("v=spf1 -all").names_nobody and spf("v=spf1 -a -all").names_nobody
    assert not spf("v=spf1 a -all").names_nobody and not spf("v=spf1 +all").names_nobody
    assert not tree("v=spf1 redirect=b.example", b__example="v=spf1 mx -all").names_nobody


def test_what_is_included_counts_with_all_that_it_includes():
    ten = {f"n{n}__example": f"v=spf1 include:n{n + 1}.example -all" for n in range(9)}
    at_the_limit = tree("v=spf1 include:n0.example -all", **ten, n9__example="v=spf1 ip4:192.0.2.1 -all")
    assert (at_the_limit.lookups, at_the_limit.problem) == (10, "")
    assert at_the_limit.includes == tuple(f"n{n}.example" for n in range(10))
    assert tree("v=spf1 a include:n0.example -all", **ten, n9__example="v=spf1 -all").lookups == 11


def test_records_that_include_each_other_end():
    read = tree("v=spf1 include:a.example ~all", a__example="v=spf1 include:b.example -all", b__example="v=spf1 include:a.example -all")  # noqa: E501  # fmt: skip
    assert read.lookups == 3 and not read.problem


def test_an_include_of_nothing_breaks_the_record():
    assert "gone.example, which has no SPF record" in tree("v=spf1 include:gone.example -all").problem
    assert (
        "that of b.example is broken" in tree("v=spf1 include:b.example -all", b__example="v=spf1 wrong -all").problem
    )


def test_a_redirect_stands_for_the_record_unless_it_ends_itself():
    read = tree("v=spf1 redirect=_spf.google.com", _spf__google__com="v=spf1 ip4:192.0.2.1 ~all")
    assert (read.all, read.lookups, read.includes) == ("~", 1, ("_spf.google.com",))
    assert tree("v=spf1 redirect=gone.example ~all").problem == ""


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (KEY, "ok"),
        (KEY.replace("v=DKIM1; ", ""), "ok"),
        (KEY.replace("; ", " ;\t"), "ok"),
        (KEY.replace("k=rsa", "k=rsa; t=y:s"), "testing"),
        (KEY.replace("k=rsa", "k=rsa; t=s"), "ok"),
        (SHORT_KEY, "weak"),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "ok"),
        ("v=DKIM1; k=ed25519; p=11qY", "broken"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; p=not base64!", "broken"),
        ("v=DKIM1; k=rsa; p=AAAA", "broken"),
        ("v=DKIM1; k=dsa; p=AAAA", "broken"),
        ("v=DKIM1", "broken"),
        ("v=DKIM2; p=AAAA", ""),
        ("v=spf1 -all", ""),
        ("hello", ""),
        ("", ""),
    ],
)
def test_a_dkim_key_is_read(record, state):
    assert dkim_key(record) == state


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["v=DMARC1; p=none"], Dmarc("none")),
        (["v=DMARC1;p=reject;rua=mailto:a@b.example;"], Dmarc("reject", True)),
        (["v=DMARC1 ; P=Quarantine"], Dmarc("quarantine")),
        (["v=DMARC1; rua=mailto:a@b.example"], Dmarc("none", True)),
        ([], Dmarc()),
        (["something else"], Dmarc()),
        (["v=dmarc1; p=none"], Dmarc(problem="it does not begin with v=DMARC1;")),
        (["v=DMARC1"], Dmarc(problem="its p= is missing")),
        (["v=DMARC1; p=refuse"], Dmarc(problem="its p= says “refuse”")),
        (["v=DMARC1; p=none; p=reject"], Dmarc(problem="it cannot be read")),
        (["v=DMARC1; none"], Dmarc(problem="it cannot be read")),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], Dmarc(problem="there is more than one, so none counts")),
    ],
)
def test_a_dmarc_policy_is_read(texts, read):
    assert dmarc(texts) == read


def test_a_domain_below_takes_the_policy_for_those_below():
    texts = ["v=DMARC1; p=reject; sp=none"]
    assert dmarc(texts).policy == "reject" and dmarc(texts, inherited=True).policy == "none"
    assert dmarc(["v=DMARC1; p=reject"], inherited=True).policy == "reject"
    assert above("mail.eu.acme.example") == ["mail.eu.acme.example", "eu.acme.example", "acme.example"]
    assert above("acme.example") == ["acme.example"]
    assert len(above("a.b.c.d.e.f.g.h.i.example")) == 6


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("  Google ", "google"),
        ("s1.mail", "s1.mail"),
        ("DKIM-Signature: v=1; a=rsa-sha256; d=acme.example;\r\n\ts=20230601; h=from:to; bs=no; b=x", "20230601"),
        ("v=1; s=k2", "k2"),
        ("v=1; d=acme.example", ""),
        ("two words", ""),
        ("-x", ""),
        ("", ""),
    ],
)
def test_a_selector_is_found_in_what_was_pasted(text, selector):
    assert selector_in(text) == selector


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_breaks_the_reading(one, other):
    for text in (one, f"v=spf1 {one} {other}", f"v=DKIM1; {one}", f"v=DMARC1; {one};{other}", f"p={one}"):
        domain_records.spf_tree(text, lambda name: [other, f"v=spf1 {other}"])
        dkim_key(text), dmarc([text]), dmarc([text], inherited=True), selector_in(text)
