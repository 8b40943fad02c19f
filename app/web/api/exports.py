"""The published register as files."""

from typing import Any, BinaryIO

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.db import ledger
from app.domain.detail import session_asked
from app.domain.selection import Selection
from app.formats import commas, xlsx
from app.interchange.export_lines import record_lines
from app.interchange.export_tables import BookQuery, TableQuery, Tables, checked
from app.web.call import Call
from app.web.describe import operation
from app.web.running import exporting

TAG = "Files"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
CSV_SENT = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Exports(Controller):
    @get(
        "/export.ndjson",
        **operation(
            summary="The register as a record file",
            tag=TAG,
            text="One JSON object on each line: organizations, frameworks, events, documents, then each commitment with its published "
            "updates and confirmations, actions, links and equivalences. The filters choose commitments; what they need comes along, so "
            "that the file can be imported into an empty register, whose export gives the same bytes.",
            query=Selection,
            file=NDJSON,
        ),
    )
    @exporting
    def lines(self, call: NamedDependency[Call]) -> Response[Any]:
        with call.read_as_anybody() as session:
            selection, months = call.query(Selection), call.settings.review_months

            def write(file: BinaryIO) -> None:
                with session_asked(session, selection) as then:
                    file.writelines(record_lines(then, selection, public=True, review_months=months))

            return call.file(session, write, media=NDJSON, name="hainan.ndjson")

    @get(
        "/export.csv",
        **operation(
            summary="A table of the register as a CSV file",
            tag=TAG,
            text="RFC 4180 in UTF-8 with a byte order mark; every cell is quoted, and the first row names the columns. A text that a "
            "spreadsheet program would take for a formula has an apostrophe in front, which an import takes away again: one that begins, "
            "after spaces and apostrophes, with one of `= + - @` or their full-width forms, unless it is a plain number. The table of "
            "coverage takes the filters `event` and `document`.",
            query=TableQuery,
            file=CSV_SENT,
        ),
    )
    @exporting
    def table(self, call: NamedDependency[Call]) -> Response[Any]:
        with call.read_as_anybody() as session:
            query, months = checked(call.query(TableQuery)), call.settings.review_months

            def write(file: BinaryIO) -> None:
                with session_asked(session, query) as then:
                    commas.write(file, Tables(then, query, review_months=months).one(query.table, names_only=True))

            return call.file(session, write, media=CSV, name=f"hainan-{query.table}.csv")

    @get(
        "/export.xlsx",
        **operation(
            summary="All tables of the register as a workbook",
            tag=TAG,
            text="One sheet for each table, and a first one that explains every column in both languages and names the revision. Cells "
            "hold texts, whole numbers and dates, never a formula. `event` also chooses whose coverage is shown; without it, that of every "
            "event.",
            query=BookQuery,
            file=XLSX,
        ),
    )
    @exporting
    def book(self, call: NamedDependency[Call]) -> Response[Any]:
        with call.read_as_anybody() as session:
            query, months = call.query(BookQuery), call.settings.review_months

            def write(file: BinaryIO) -> None:
                with session_asked(session, query) as then:
                    tables = Tables(then, query, review_months=months, head=ledger.head(session.connection))
                    xlsx.write(file, tables.book(), title="Hainan tracker", made=session.now)

            return call.file(session, write, media=XLSX, name="hainan.xlsx")
