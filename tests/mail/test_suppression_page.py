"""The suppression list under settings."""

import csv
import io
import re

import pytest

from tests import factories
from webapp.accounts.models import AuditEntry, Membership, Reach
from webapp.mail import suppression, suppression_list
from webapp.mail.models import Suppression, SuppressionReason

LIST = "/settings/suppression"
MANUAL, UNSUBSCRIBED = SuppressionReason.MANUAL, SuppressionReason.UNSUBSCRIBED


def kept():
    return {row.email for row in Suppression.select()}


def add(client, text="", **more):
    return client.post(f"{LIST}/add", data={"text": text, **more}, follow_redirects=True)


def upload(client, content, name="list.csv"):
    content = content.encode() if isinstance(content, str) else content
    data = {"file": (io.BytesIO(content), name)}
    return client.post(f"{LIST}/add", data=data, content_type="multipart/form-data", follow_redirects=True)


def test_addresses_and_domains_are_pasted_in_any_manner(cast, alice):
    text = "Ann@Globex.example, <ben@x.example>\n@initech.example hooli.example;\tCleo Dee <cleo@x.example>"
    page = add(alice, text, source="They sued us").text
    expected = {"ann@globex.example", "ben@x.example", "@initech.example", "@hooli.example", "cleo@x.example"}
    assert kept() == expected and "5 entries added" in page
    row = Suppression.get(Suppression.email == "@hooli.example")
    assert (row.reason, row.source, row.actor_id) == (MANUAL, "They sued us", cast.alice.user_id)
    assert AuditEntry.get(AuditEntry.action == "suppression.added").subject == "5 addresses and domains"


def test_what_cannot_be_read_is_said_and_the_rest_is_kept(alice):
    page = add(alice, "ann@x.example\nben@@x\nbad_host.example").text
    assert kept() == {"ann@x.example"} and "2 could not be read, such as ben@@x" in page
    page = add(alice, "globexexample\nBen Dee <ben@x.example>\n;\n").text
    assert "1 could not be read, such as globexexample." in page, "a line with nothing in it that is an entry"


@pytest.mark.parametrize("text", ["", "   ", "nobody at all", "@", "#abc"])
def test_a_list_without_an_address_is_refused(alice, text):
    answer = add(alice, text)
    assert answer.status_code == 422 and not kept()


def test_the_same_twice_adds_nothing_and_says_so(alice):
    add(alice, "ann@x.example")
    assert "0 entries added to the suppression list. 1 was on it before" in add(alice, "ANN@x.example").text


def test_the_list_is_searched_by_its_beginning_and_by_who_an_address_is_stopped_by(cast, alice):
    for email in ("ann@globex.example", "@globex.example", "bob@initech.example"):
        suppression.suppress(cast.acme, email, reason=MANUAL)
    suppression.remember_erased(cast.acme, "gone@hooli.example")
    page = alice.get(f"{LIST}?q=glob").text
    assert "@globex.example" in page and "ann@" not in page
    assert "bob@initech.example" in alice.get(f"{LIST}?q=BOB").text
    page = alice.get(f"{LIST}?q=zoe@globex.example").text
    assert "@globex.example" in page and "bob@" not in page
    assert "An erased address" in alice.get(f"{LIST}?q=gone@hooli.example").text
    assert "Nothing on the list matches" in alice.get(f"{LIST}?q=%25").text


def test_the_list_is_filtered_by_reason_and_paged(cast, alice, monkeypatch):
    for number in range(3):
        suppression.suppress(cast.acme, f"left{number}@x.example", reason=UNSUBSCRIBED)
    suppression.suppress(cast.acme, "other@x.example", reason=MANUAL)
    page = alice.get(f"{LIST}?reason=unsubscribed").text
    assert page.count("Unsubscribed</td>") == 3 and "other@" not in page
    monkeypatch.setattr(
        suppression_list.entries, "__kwdefaults__", {**suppression_list.entries.__kwdefaults__, "size": 3}
    )
    first = alice.get(LIST).text
    assert "other@" in first and "left0@" not in first
    older = re.search(rf'href="({LIST}\?page=[^"]+)"', first)[1]
    assert "left0@" in alice.get(older).text


def test_an_entry_that_members_wrote_is_removed_with_one_click(cast, sign_in):
    suppression.suppress(cast.acme, "ann@x.example", reason=MANUAL)
    bob = sign_in(cast.bob)
    address = f"{LIST}/{Suppression.get().id}/release"
    assert "Campaigns may write to this address again" in bob.get(address).text and kept()
    assert "may be written to again" in bob.post(address, follow_redirects=True).text and not kept()


def test_a_member_cannot_remove_who_unsubscribed_and_an_owner_has_to_confirm(cast, alice, sign_in):
    suppression.suppress(cast.acme, "ann@x.example", reason=UNSUBSCRIBED)
    address = f"{LIST}/{Suppression.get().id}/release"
    bob = sign_in(cast.bob)
    assert "Only an owner" in bob.get(address).text
    assert bob.post(address, data={"confirmed": "y"}).status_code == 422 and kept()
    answer = alice.post(address)
    assert answer.status_code == 422 and "Confirm that they have asked" in answer.text and kept()
    alice.post(address, data={"confirmed": "y"})
    assert not kept()
    entry = AuditEntry.get(AuditEntry.action == "suppression.released")
    assert (entry.subject, entry.data["reason"]) == ("ann@x.example", "unsubscribed")


def test_an_outsider_finds_no_entry_and_sees_none(cast, sign_in):
    suppression.suppress(cast.acme, "ann@x.example", reason=MANUAL)
    charlie = sign_in(cast.charlie)
    assert charlie.post(f"{LIST}/{Suppression.get().id}/release").status_code == 404
    assert "ann@" not in charlie.get(LIST).text and "ann@" not in charlie.get(f"{LIST}/export.csv").text
    assert kept() == {"ann@x.example"}


def test_who_sees_only_some_leads_sees_only_what_they_added(cast, sign_in):
    Membership.update(reach=Reach.OWN).where(Membership.user == cast.bob.user_id).execute()
    suppression.suppress(cast.acme, "ann@x.example", reason=MANUAL, actor=cast.alice)
    bob = sign_in(cast.bob)
    add(bob, "mine@x.example")
    page = bob.get(LIST).text
    assert "mine@" in page and "ann@" not in page and "the list has more" in page
    assert bob.get(f"{LIST}/{Suppression.get(email='ann@x.example').id}/release").status_code == 404


def test_a_viewer_looks_and_changes_nothing(cast, sign_in):
    suppression.suppress(cast.acme, "ann@x.example", reason=MANUAL)
    vera = sign_in(cast.vera)
    page = vera.get(LIST).text
    assert "ann@x.example" in page and "Remove" not in page
    assert add(vera, "ben@x.example").status_code == 403 and vera.get(f"{LIST}/export.csv").status_code == 403


# -------------------------------------------------------------------- files


@pytest.mark.parametrize(
    "content",
    [
        "ann@x.example\nben@x.example\n",
        "E-mail\nann@x.example\nben@x.example\n",
        "Name;E-mail;Company\nAnn;ann@x.example;X\nBen;BEN@x.example;X\n",
        "\ufeffName\tMail\r\nAnn\tann@x.example\r\n\r\nBen\tben@x.example\r\n",
        "Nachname,Mail\nMüller,ann@x.example\nSüß,ben@x.example\n".encode("cp1252"),
    ],
)
def test_a_file_of_any_kind_brings_its_addresses(alice, content):
    page = upload(alice, content).text
    assert kept() == {"ann@x.example", "ben@x.example"} and "2 entries added" in page
    assert {(row.reason, row.source) for row in Suppression.select()} == {(SuppressionReason.IMPORTED, "list.csv")}


@pytest.mark.parametrize("content", ["", "Name,Company\nAnn,X\nBen,Y\n", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_file_without_addresses_is_refused_and_not_kept(alice, settings, content):
    answer = upload(alice, content)
    assert answer.status_code == 422 and not kept()


def test_no_file_stays_on_the_disk(alice, app):
    uploads = app.config["GALENA"].uploads
    before = set(uploads.iterdir()) if uploads.exists() else set()
    upload(alice, "ann@x.example\nben@x.example\n")
    upload(alice, b"PK\x03\x04 no workbook")
    assert set(uploads.iterdir()) == before


def test_an_exported_list_is_safe_in_a_spreadsheet_and_comes_back_as_it_was(cast, alice):
    suppression.suppress(cast.acme, "@globex.example", reason=MANUAL, source="=HYPERLINK(1)")
    suppression.suppress(cast.acme, "ann@x.example", reason=UNSUBSCRIBED, source="Spring, part 2")
    suppression.pause(cast.acme, "ben@x.example", source="Spring")
    suppression.remember_erased(cast.acme, "gone@x.example")
    before = {(row.email, row.reason, row.source, row.until and row.until.date()) for row in Suppression.select()}
    text = alice.get(f"{LIST}/export.csv").text
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert not any(cell.startswith(("=", "@", "+", "-")) for cell in cells)
    Suppression.delete().execute()
    upload(alice, text)
    after = {(row.email, row.reason, row.source, row.until and row.until.date()) for row in Suppression.select()}
    assert after == before
    assert suppression.blocked_by(cast.acme, "gone@x.example")


def test_a_file_never_weakens_what_is_there(cast, alice):
    suppression.suppress(cast.acme, "ann@x.example", reason=UNSUBSCRIBED, source="Spring")
    upload(
        alice, "Address or domain,Reason,Source,Until\nann@x.example,Paused,x,2099-01-01\nb@x.example,Added by hand,,\n"
    )
    row = Suppression.get(Suppression.email == "ann@x.example")
    assert (row.reason, row.source, row.until) == (UNSUBSCRIBED, "Spring", None)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(alice):
    assert upload(alice, b"a@x.example\n" * 500_000).status_code == 413


def test_the_file_form_needs_its_token(app, alice):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert upload(alice, "ann@x.example\n").status_code == 400 and not kept()
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_what_is_added_is_left_out_of_the_next_count(cast, alice):
    lead = factories.lead(cast.acme)
    add(alice, lead.email.partition("@")[2])
    assert suppression.blocked_by(cast.acme, lead.email)
