"""A job as a file."""

import csv
import io

import pytest

from webapp.enrichment import adding, exporting, jobs, queries
from webapp.enrichment.models import Company, EnrichmentResult, Fact, ResultState
from webapp.leads.exporting import csv_parts, write_xlsx


@pytest.fixture
def job(cast):
    """Two companies, one of them done, with facts that a spreadsheet might run."""
    job = jobs.new_job(cast.alice, "Export", fields=["industry", "founded", "employees"])
    adding.add_names(job, "=cmd|' /C calc'!A0\nfigma.example")
    failed, done = queries.results(job).rows
    company = Company.create(workspace=cast.acme, domain="figma.example")
    ended = {"company": company, "found": {"industry": "website", "founded": "website"}}
    EnrichmentResult.update(state=ResultState.DONE, **ended).where(EnrichmentResult.id == done.id).execute()
    error = {"state": ResultState.FAILED, "error": "+Not there."}
    EnrichmentResult.update(error).where(EnrichmentResult.id == failed.id).execute()

    def fact(field, value, is_best=True):
        evidence = {"stage": "website", "method": "text", "source_url": "https://figma.example/about", "confidence": 90}
        key = {"field": field, "value": value, "value_key": value}
        Fact.create(workspace=cast.acme, company=company, is_best=is_best, **key, **evidence)

    fact("industry", "@Design")
    fact("industry", "Not the best", is_best=False)
    fact("founded", "2012")
    return queries.get_job(cast.alice, job.id)


def test_a_file_has_each_company_with_its_values_and_where_they_stand(job):
    rows = list(csv.reader(io.StringIO("".join(csv_parts(exporting.tables(job))).removeprefix("\ufeff"))))
    about = "https://figma.example/about"
    assert rows == [
        ["Asked for", "Asked for domain", "State", "Reason", "Fields found", "Industry", "Founded", "Employees",
         "Industry: source", "Founded: source", "Employees: source"],
        ["'=cmd|' /C calc'!A0", "", "Failed", "'+Not there.", "0", "", "", "", "", "", ""],
        ["", "figma.example", "Done", "", "2", "'@Design", "2012", "", about, about, ""],
    ]  # fmt: skip


def test_a_workbook_has_the_same_with_numbers_as_numbers(job, tmp_path):
    from python_calamine import CalamineWorkbook

    with open(tmp_path / "job.xlsx", "w+b") as file:
        write_xlsx(file, exporting.tables(job), "Companies")
        file.seek(0)
        book = CalamineWorkbook.from_filelike(file)
        rows = book.get_sheet_by_name("Companies").to_python()
    assert rows[1][0] == "=cmd|' /C calc'!A0" and rows[2][5:8] == ["@Design", 2012.0, ""]


def test_a_large_job_is_read_a_page_at_a_time(cast):
    job = jobs.new_job(cast.alice, "Large")
    adding.add_names(job, "\n".join(f"Company {number}" for number in range(450)))
    sizes = [len(rows) for rows in exporting.tables(queries.get_job(cast.alice, job.id))]
    assert sizes == [1, 200, 200, 50]
