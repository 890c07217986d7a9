"""The pages of an import: upload, match, run, receipt. Each works, refuses a bad form, hides from outsiders."""

import errno
import io

import pytest

from db import db
from tests import factories
from tests.imports.files import DATA, imported_from, run, table
from webapp.imports.models import Import, ImportState
from webapp.leads.models import Lead

PEOPLE = table("E-mail,Name,Company,Note", "a@halden.example,Ann Bo,Halden,x", "b@halden.example,Cy Dee,Halden,y")
GO = {"policy": "fill", "consent": "y"}


def send(client, content, name="people.csv", **headers):
    return client.post("/imports/new", data={"file": (io.BytesIO(content), name)}, headers=headers)


def choice(*targets, **more):
    return {**{f"columns-{number}": target for number, target in enumerate(targets)}, **GO, **more}


def test_a_file_is_uploaded_matched_imported_and_accounted_for(cast, sign_in, run_jobs):
    client = sign_in(cast.alice)
    answer = send(client, (DATA / "leads-500.csv").read_bytes(), "leads-500.csv")
    imported = Import.get()
    assert answer.status_code == 303 and answer.location == f"/imports/{imported.id}"
    page = client.get(answer.location).text
    assert "Import 503 rows" in page and "UTF-8, comma separated" in page and "We matched 10 of 12 columns" in page
    answer = client.post(f"/imports/{imported.id}/start", data=choice(*imported.mapping))
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "every 1s" in page and "0 of 503 rows" in page
    run_jobs()
    page = client.get(answer.location).text
    assert "every 1s" not in page and "503 new leads are ready" in page and "Open the leads" in page
    assert Lead.of(cast.acme).count() == 503
    assert "leads-500.csv" in client.get("/imports").text


def test_progress_alone_comes_back_to_htmx(cast, sign_in, htmx):
    imported = imported_from(cast.alice, PEOPLE)
    Import.update(state=ImportState.RUNNING, done_rows=1, created=1).execute()
    part = sign_in(cast.alice).get(f"/imports/{imported.id}", headers=htmx).text
    assert "<html" not in part and "1 of 2 rows" in part and "50%" in part and "every 1s" in part


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.csv", "This file is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "blank.csv", "This file is empty"),
        (b"%PDF-1.7 ...", "list.csv", "This is a PDF"),
        (b"PK\x03\x04" + bytes(100), "list.xlsx", "Save as"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "list.xls", "old Office file"),
        (b"<!DOCTYPE html><html>", "list.csv", "web page"),
        (bytes(range(256)) * 20, "list.csv", "not text"),
        (b"E-mail,Name\n", "header.csv", "no rows below"),
        (b",".join(b"c%d" % n for n in range(5000)) + b"\n" + b"," * 4999 + b"x\n", "wide.csv", "5,000 columns"),
        (b"E-mail\n" + b"x" * 3_000_000 + b"\n", "long.csv", "longer than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_what_to_do_and_kept_nowhere(
    app, cast, sign_in, content, name, sentence
):
    uploads = app.config["GALENA"].uploads
    before = set(uploads.glob("*")) if uploads.exists() else set()
    answer = send(sign_in(cast.alice), content, name)
    assert answer.status_code == 422 and sentence in answer.text, answer.text[:300]
    assert set(uploads.glob("*")) == before and Import.select().count() == 0


def test_no_file_at_all_is_asked_for(cast, sign_in):
    answer = sign_in(cast.alice).post("/imports/new", data={})
    assert answer.status_code == 422 and "Choose a file first." in answer.text


def test_a_file_over_the_limit_is_refused_with_the_limit(app, cast, sign_in):
    answer = send(sign_in(cast.alice), b"E-mail\n" + b"a@halden.example\n" * 6_500_000, "huge.csv")
    assert answer.status_code == 413 and "up to 100 MB" in answer.text and Import.select().count() == 0


def test_a_file_over_a_forms_usual_limit_is_taken(cast, sign_in):
    content = table("E-mail,Name", *(f"person{number}@halden.example,{'x' * 60}" for number in range(20_000)))
    assert len(content) > 1_500_000 and send(sign_in(cast.alice), content).status_code == 303
    assert Import.get().rows == 20_000


def test_a_large_file_is_estimated_first_and_counted_by_the_job(cast, monkeypatch):
    monkeypatch.setattr("webapp.imports.uploading.COUNTED", 10)
    imported = imported_from(cast.alice, (DATA / "leads-500.csv").read_bytes())
    assert imported.dialect["estimated"] and 400 < imported.rows < 600
    assert run(imported).rows == 503


def test_a_full_disk_is_a_sentence_and_leaves_nothing(app, cast, sign_in, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("webapp.imports.uploading.shutil.copyfileobj", full)
    before = len(list(app.config["GALENA"].uploads.glob("*")))
    answer = send(sign_in(cast.alice), PEOPLE)
    assert answer.status_code == 422 and "disk is full" in answer.text
    assert len(list(app.config["GALENA"].uploads.glob("*"))) == before and Import.select().count() == 0


def test_the_list_of_imports_costs_the_same_for_one_and_for_many(cast, sign_in, monkeypatch):
    client, queries = sign_in(cast.alice), []
    real = type(db.obj).execute_sql

    def counted(*args, **options):
        queries.append(args[1])
        return real(*args, **options)

    counts = []
    for many in (1, 9):
        for _ in range(many):
            imported_from(cast.alice, PEOPLE)
        queries.clear()
        with monkeypatch.context() as patch:
            patch.setattr(type(db.obj), "execute_sql", counted)
            client.get("/imports")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_uploads_are_limited(cast, sign_in):
    client = sign_in(cast.alice)
    for _ in range(60):
        client.post("/imports/new", data={})
    answer = send(client, PEOPLE)
    assert answer.status_code == 429 and "Try again in" in answer.text and Import.select().count() == 0


def test_an_upload_without_a_csrf_token_is_refused(app, cast, sign_in, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert send(sign_in(cast.alice), PEOPLE).status_code == 400
    assert Import.select().count() == 0


def test_a_field_chosen_twice_is_refused_and_the_choices_stay(cast, sign_in):
    client, imported = sign_in(cast.alice), imported_from(cast.alice, PEOPLE)
    answer = client.post(f"/imports/{imported.id}/start", data=choice("email", "company", "company", "title"))
    assert answer.status_code == 422 and "Company is chosen for “Name” and “Company”" in answer.text
    assert Import.get().mapping == ["email", "company", "company", "title"] and Import.get().state == "uploaded"
    assert answer.text.count('<option selected value="company">') == 2


def test_consent_is_required_and_kept(cast, sign_in):
    client, imported = sign_in(cast.alice), imported_from(cast.alice, PEOPLE)
    answer = client.post(f"/imports/{imported.id}/start", data=choice("email", "", "", "", consent=""))
    assert answer.status_code == 422 and "Tick this box to go on" in answer.text
    client.post(f"/imports/{imported.id}/start", data=choice("email", "", "", ""))
    assert Import.get().options["consent"] is True


def test_a_list_without_addresses_is_a_choice_that_is_warned_of(cast, sign_in, run_jobs):
    client, imported = sign_in(cast.alice), imported_from(cast.alice, PEOPLE)
    without = choice("", "full_name", "company", "")
    answer = client.post(f"/imports/{imported.id}/start", data=without)
    assert answer.status_code == 422 and "No column has e-mail addresses" in answer.text
    assert client.post(f"/imports/{imported.id}/start", data={**without, "without_email": "y"}).status_code == 303
    run_jobs()
    assert Import.get().created == 2


def test_columns_that_cannot_make_a_lead_are_refused(cast, sign_in):
    imported = imported_from(cast.alice, PEOPLE)
    answer = sign_in(cast.alice).post(f"/imports/{imported.id}/start", data=choice("", "full_name", "", ""))
    assert answer.status_code == 422 and "a lead needs one or the other" in answer.text


def test_a_field_that_does_not_exist_is_refused(cast, sign_in):
    imported = imported_from(cast.alice, PEOPLE)
    for bad in (choice("workspace_id", "", "", ""), choice("email", "", "", "", policy="delete")):
        assert sign_in(cast.alice).post(f"/imports/{imported.id}/start", data=bad).status_code == 422
    assert Import.get().state == "uploaded"


def test_each_choice_is_kept_at_once_and_answered_with_what_follows(cast, sign_in, htmx):
    client, imported = sign_in(cast.alice), imported_from(cast.alice, PEOPLE)
    answer = client.post(
        f"/imports/{imported.id}/columns", data=choice("", "full_name", "company", "", consent=""), headers=htmx
    )
    assert answer.status_code == 200 and "No column has e-mail addresses" in answer.text
    assert Import.get().mapping == ["", "full_name", "company", ""]
    assert "Skipped by you" in client.get(f"/imports/{imported.id}").text


def test_a_second_start_changes_nothing(cast, sign_in, run_jobs):
    client, imported = sign_in(cast.alice), imported_from(cast.alice, PEOPLE)
    for _ in range(2):
        assert client.post(f"/imports/{imported.id}/start", data=choice("email", "", "", "")).status_code == 303
    run_jobs()
    assert Import.get().created == 2
    assert client.post(f"/imports/{imported.id}/start", data=choice("", "", "", "")).status_code == 303
    assert Import.get().mapping == ["email", "", "", ""]
    assert client.post(f"/imports/{imported.id}/columns", data=choice("", "", "", "")).status_code == 409


def test_rejected_rows_come_as_a_file_with_reasons_that_no_spreadsheet_runs(cast, sign_in):
    content = table(
        "E-mail,Name,Company", '=cmd|x,"Bo, Ann",@SUM(A1)', "a@halden.example,Ann Bo,Halden", "-1,+2,x,extra"
    )
    imported = run(imported_from(cast.alice, content))
    client = sign_in(cast.alice)
    page = client.get(f"/imports/{imported.id}").text
    assert "Why rows were rejected" in page and "Data row 1<" in page and page.count("rejected.csv") == 1
    assert "New leads in stage New" in page and "empty fields were filled" not in page, (
        "only what there is is explained"
    )
    answer = client.get(f"/imports/{imported.id}/rejected.csv")
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0] == "E-mail,Name,Company,Column 4,Row,Reason"
    assert lines[1].startswith("'=cmd|x,\"Bo, Ann\",'@SUM(A1),,1,") and "no @ sign" in lines[1]
    assert lines[2].startswith("'-1,'+2,x,extra,3,")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert client.get(f"/imports/{imported.id}/everything.csv").status_code == 404


def test_unchanged_rows_come_as_a_file_too(cast, sign_in):
    run(imported_from(cast.alice, PEOPLE))
    again = run(imported_from(cast.alice, PEOPLE))
    text = sign_in(cast.alice).get(f"/imports/{again.id}/unchanged.csv").text
    assert "with nothing new" in text and len(text.splitlines()) == 3


def test_a_stopped_import_says_why_and_goes_on(cast, sign_in, run_jobs):
    client, imported = sign_in(cast.alice), imported_from(cast.alice, PEOPLE)
    Import.update(state=ImportState.FAILED, error="The disk fell off.", finished_at=imported.created_at).execute()
    assert "The disk fell off." in client.get(f"/imports/{imported.id}").text
    client.post(f"/imports/{imported.id}/resume")
    run_jobs()
    assert Import.get().state is ImportState.DONE
    assert client.post(f"/imports/{imported.id}/resume").status_code == 409


def test_an_outsider_finds_none_of_it(cast, sign_in):
    imported = imported_from(cast.alice, PEOPLE)
    client = sign_in(cast.charlie)
    for path in ("", "/rejected.csv"):
        assert client.get(f"/imports/{imported.id}{path}").status_code == 404
    for path in ("/start", "/columns", "/resume"):
        assert client.post(f"/imports/{imported.id}{path}", data=choice("email", "", "", "")).status_code == 404
    assert "people.csv" not in client.get("/imports").text and Import.get().state == "uploaded"


def test_a_viewer_sees_results_and_changes_nothing(cast, sign_in):
    waiting, done = imported_from(cast.alice, PEOPLE), run(imported_from(cast.alice, PEOPLE))
    client = sign_in(cast.vera)
    assert "waits for its columns" in client.get(f"/imports/{waiting.id}").text
    assert "2 new leads are ready" in client.get(f"/imports/{done.id}").text
    assert send(client, PEOPLE).status_code == 403
    assert client.post(f"/imports/{waiting.id}/start", data=choice("email", "", "", "")).status_code == 403


def test_own_reach_sees_own_imports(cast, sign_in):
    mia = factories.member(cast.acme, "Mia Moon", reach="own")
    theirs, own = imported_from(cast.alice, PEOPLE), imported_from(mia, PEOPLE)
    client = sign_in(mia)
    assert client.get(f"/imports/{theirs.id}").status_code == 404
    assert client.get(f"/imports/{own.id}").status_code == 200


def test_imports_are_listed_newest_first_by_pages(cast, sign_in, monkeypatch):
    monkeypatch.setattr("webapp.imports.queries.SIZE", 2)
    for number in range(3):
        imported_from(cast.alice, PEOPLE, name=f"file{number}.csv")
    client = sign_in(cast.alice)
    page = client.get("/imports").text
    assert page.index("file2.csv") < page.index("file1.csv") and "file0.csv" not in page and "Older" in page


def test_the_sample_file_imports_whole(cast, sign_in):
    sample = sign_in(cast.alice).get("/imports/sample.csv")
    imported = run(imported_from(cast.alice, sample.data))
    assert (imported.created, imported.failed) == (3, 0) and "" not in imported.mapping


def test_a_file_with_no_name_for_its_columns_still_shows_them(cast, sign_in):
    imported = imported_from(cast.alice, b"a@halden.example,Ann Bo,+47 22 00 00 00\nb@halden.example,Cy Dee,\n")
    page = sign_in(cast.alice).get(f"/imports/{imported.id}").text
    assert "without column names" in page and "Column 2" in page and imported.rows == 2
    assert imported.mapping[0] == "email"
