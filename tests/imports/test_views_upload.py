"""The first step of an import: a file or pasted rows; and the list of all imports."""

import errno
import io

import pytest

from db import db
from tests.imports.files import DATA, imported_from, run, table
from tests.imports.steps import send
from webapp.imports.models import Import

PEOPLE = table("E-mail,Name,Company,Note", "a@halden.example,Ann Bo,Halden,x", "b@halden.example,Cy Dee,Halden,y")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.csv", "This file is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "blank.csv", "This file is empty"),
        (b"%PDF-1.7 ...", "list.csv", "This is a PDF"),
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
    assert answer.status_code == 422 and "Choose a file first, or paste rows below." in answer.text


def test_pasted_rows_are_an_import_like_a_file(cast, sign_in):
    answer = sign_in(cast.alice).post("/imports/new", data={"text": "E-mail\tName\nann@x.example\tAnn Bo\n"})
    imported = Import.get()
    assert answer.status_code == 303 and answer.location == f"/imports/{imported.id}/columns"
    assert imported.mapping == ["email", "full_name"] and imported.rows == 1


def test_what_was_pasted_stays_when_it_cannot_be_read(cast, sign_in):
    answer = sign_in(cast.alice).post("/imports/new", data={"text": "E-mail,Name\n"})
    assert answer.status_code == 422 and "E-mail,Name\n</textarea>" in answer.text and "no rows below" in answer.text


def test_a_file_and_pasted_rows_at_once_are_one_too_many(cast, sign_in):
    data = {"text": "E-mail\na@x.example", "file": (io.BytesIO(PEOPLE), "people.csv")}
    answer = sign_in(cast.alice).post("/imports/new", data=data)
    assert answer.status_code == 422 and "Choose one of the two" in answer.text and "a@x.example" in answer.text
    assert Import.select().count() == 0


def test_outsiders_and_viewers_upload_nothing_here(cast, sign_in):
    assert send(sign_in(cast.vera), PEOPLE).status_code == 403
    send(sign_in(cast.charlie), PEOPLE)
    assert [one.workspace_id for one in Import.select()] == [cast.other.id]


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

    monkeypatch.setattr("webapp.imports.keeping.shutil.copyfileobj", full)
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
