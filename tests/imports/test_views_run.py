"""The last step: on its way, the receipt, stopped, undone, once more; and the rows by what became of them."""

from tests import factories
from tests.imports.files import DATA, imported_from, run, table
from tests.imports.steps import at, checked, send, start
from webapp.imports.models import Import, ImportState
from webapp.leads.models import Lead

PEOPLE = table("E-mail,Name,Company,Note", "a@halden.example,Ann Bo,Halden,x", "b@halden.example,Cy Dee,Halden,y")


def test_a_file_goes_through_the_five_steps_and_is_accounted_for(cast, client, run_jobs):
    send(client, (DATA / "leads-500.csv").read_bytes(), "leads-500.csv")
    imported = checked(client, Import.get())
    assert "Import 503 leads" in client.get(at(imported, "check")).text
    assert start(client, imported).location == at(imported)
    page = client.get(at(imported)).text
    assert "every 1s" in page and "0 of 503 rows" in page and "Stop" in page
    run_jobs()
    page = client.get(at(imported)).text
    assert "every 1s" not in page and "503 new leads are ready" in page and "Open the leads" in page
    assert "Every row of the file" in page and "Legitimate interest: Trade fair in Berlin" in page
    assert Lead.of(cast.acme).count() == 503 and "leads-500.csv" in client.get("/imports").text


def test_progress_alone_comes_back_to_htmx(cast, client, htmx):
    imported = imported_from(cast.alice, PEOPLE)
    Import.update(state=ImportState.RUNNING, done_rows=1, created=1).execute()
    part = client.get(at(imported), headers=htmx).text
    assert "<html" not in part and "1 of 2 rows" in part and "50%" in part and "every 1s" in part


def test_an_import_that_waits_says_for_which(cast, client):
    first = checked(client, imported_from(cast.alice, PEOPLE, name="first.csv"))
    second = checked(client, imported_from(cast.alice, PEOPLE, name="second.csv"))
    start(client, first)
    start(client, second)
    assert "It waits for the import of first.csv." in client.get(at(second)).text
    assert "waits for" not in client.get(at(first)).text


def test_a_stopped_import_keeps_what_it_did_and_goes_on(cast, client, run_jobs):
    imported = checked(client, imported_from(cast.alice, PEOPLE))
    start(client, imported)
    assert client.post(at(imported, "stop")).location == at(imported)
    assert "This import was stopped" in client.get(at(imported)).text
    assert "Stopped" in client.get("/imports").text
    client.post(at(imported, "resume"))
    run_jobs()
    assert Import.get().state is ImportState.DONE and Lead.of(cast.acme).count() == 2
    assert client.post(at(imported, "resume")).status_code == 409
    assert client.post(at(imported, "stop")).status_code == 409


def test_a_failed_import_says_why_and_goes_on(cast, client, run_jobs):
    imported = imported_from(cast.alice, PEOPLE)
    Import.update(state=ImportState.FAILED, error="The disk fell off.", finished_at=imported.created_at).execute()
    page = client.get(at(imported)).text
    assert "The disk fell off." in page and "Go on after row 0" in page
    client.post(at(imported, "resume"))
    run_jobs()
    assert Import.get().state is ImportState.DONE


def test_an_import_is_undone_and_says_what_it_took_back(cast, client, run_jobs):
    lead = factories.lead(cast.acme, "Halden", email="b@halden.example", first_name="", last_name="")
    imported = run(imported_from(cast.alice, PEOPLE))
    page = client.get(at(imported)).text
    assert "Undo import" in page and "Undo works until" in page
    assert client.post(at(imported, "undo")).location == at(imported)
    assert "Undoing the import" in client.get(at(imported)).text
    run_jobs()
    page = client.get(at(imported)).text
    assert "This import was undone" in page and "1 lead is in the bin" in page
    assert "1 lead has its old values again" in page and "Undo works until" not in page
    assert "Open the bin" in page and at(imported, "rows/created") not in page and "import.is." not in page
    assert Lead.get_by_id(lead.id).first_name == "" and "Undone" in client.get("/imports").text
    assert client.post(at(imported, "undo")).status_code == 409


def test_what_was_changed_since_is_kept_and_listed(cast, client, run_jobs):
    lead = factories.lead(cast.acme, "Halden", email="b@halden.example", first_name="", last_name="")
    imported = run(imported_from(cast.alice, PEOPLE))
    client.post(f"/leads/{lead.id}/edit/first_name", data={"first_name": "Cyrus", "was": "Cy"})
    client.post(at(imported, "undo"))
    run_jobs()
    assert Lead.get_by_id(lead.id).first_name == "Cyrus"
    for page in (client.get(at(imported)).text, client.get(at(imported, "kept")).text):
        assert "Cyrus" in page and f"/leads/{lead.id}" in page


def test_nothing_kept_is_said(cast, client):
    imported = run(imported_from(cast.alice, PEOPLE))
    assert "Nothing was kept" in client.get(at(imported, "kept")).text


def test_an_import_is_run_again_with_the_same_matches(cast, client):
    imported = run(imported_from(cast.alice, PEOPLE))
    answer = client.post(at(imported, "again"))
    again = Import.select().order_by(Import.id.desc()).get()
    assert again.id != imported.id and answer.location == at(again, "check") and again.mapping == imported.mapping
    client.post(at(again, "check"))
    assert "Nothing to import" in client.get(at(again, "check")).text


def test_each_number_of_the_receipt_opens_its_rows(cast, client):
    factories.lead(cast.acme, "Halden", email="b@halden.example", first_name="", last_name="")
    text = PEOPLE + table("x@,Di,Globex,", "a@halden.example,Ann Bo,Halden,x")
    imported = run(imported_from(cast.alice, text))
    page = client.get(at(imported)).text
    for listed in ("updated", "duplicate", "rejected"):
        assert at(imported, f"rows/{listed}") in page
    assert "/leads?" in page
    updated = client.get(at(imported, "rows/updated")).text
    assert "<ins>Cy</ins>" in updated and "Download all as CSV" in updated
    assert "is only half of an e-mail address" in client.get(at(imported, "rows/rejected")).text
    assert "No rows here" in client.get(at(imported, "rows/suppressed")).text
    assert "Ann Bo" in client.get(at(imported, "rows/created")).text
    assert client.get(at(imported, "rows/everything")).status_code == 404


def test_rows_are_listed_by_pages(cast, client, monkeypatch):
    imported = run(imported_from(cast.alice, table("E-mail,Name", *(f"x{number}@,Ann" for number in range(60)))))
    page = client.get(at(imported, "rows/rejected")).text
    assert "x49@<" in page and "x50@<" not in page and "?after=50" in page
    assert "x50@<" in client.get(f"{at(imported, 'rows/rejected')}?after=50").text


def test_rows_come_as_a_file_with_reasons(cast, client):
    text = table("E-mail,Name,Company", '=cmd|x,"Bo, Ann",@SUM(A1)', "a@halden.example,Ann Bo,Halden", "-1,+2,x,extra")
    imported = run(imported_from(cast.alice, text))
    page = client.get(at(imported)).text
    assert "Why rows were rejected" in page and "Data row 1<" in page
    answer = client.get(at(imported, "rejected.csv"))
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0] == "E-mail,Name,Company,Column 4,Row,Reason"
    assert lines[1].startswith("'=cmd|x,\"Bo, Ann\",'@SUM(A1),,1,") and "no @ sign" in lines[1]
    assert lines[2].startswith("'-1,'+2,x,extra,3,")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert client.get(at(imported, "everything.csv")).status_code == 404


def test_outsiders_find_none_of_it_and_viewers_change_none(cast, sign_in):
    waiting, done = imported_from(cast.alice, PEOPLE), run(imported_from(cast.alice, PEOPLE))
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    for member, status in ((cast.charlie, 404), (mia, 404)):
        client = sign_in(member)
        for path in ("", "rows/updated", "kept", "rejected.csv"):
            assert client.get(at(done, path)).status_code == status
        for path in ("start", "stop", "stop/undo", "resume", "undo", "again"):
            assert client.post(at(waiting, path)).status_code == status
        assert "list.csv" not in client.get("/imports").text
    viewer = sign_in(cast.vera)
    page = viewer.get(at(done)).text
    assert "2 new leads are ready" in page and "Undo import" not in page and "Run it again" not in page
    for path in ("start", "stop", "stop/undo", "resume", "undo", "again"):
        assert viewer.post(at(done, path)).status_code == 403
    assert Import.select().count() == 2


def test_own_reach_sees_and_undoes_their_own(cast, sign_in, run_jobs):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    imported = run(imported_from(mia, PEOPLE))
    client = sign_in(mia)
    assert "2 new leads are ready" in client.get(at(imported)).text
    client.post(at(imported, "undo"))
    run_jobs()
    assert Lead.of(cast.acme).where(Lead.deleted_at.is_null()).count() == 0
