"""The published register as files."""

from typing import Any, BinaryIO

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.domain.commitment_list import Selection
from app.domain.detail import session_asked
from app.interchange.export_lines import record_lines
from app.web.call import Call
from app.web.describe import operation
from app.web.running import exporting

TAG = "Files"
NDJSON = "application/x-ndjson"


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
        with call.read() as session:
            selection, months = call.query(Selection), call.settings.review_months

            def write(file: BinaryIO) -> None:
                with session_asked(session, selection) as then:
                    file.writelines(record_lines(then, selection, public=True, review_months=months))

            return call.file(session, write, media=NDJSON, name="hainan.ndjson")
