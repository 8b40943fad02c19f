"""Documents: the sources of commitments."""

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain.detail import RecordQuery, document_at
from app.domain.documents import (
    Document,
    DocumentFields,
    NewDocument,
    change_document,
    create_document,
    document,
    document_count,
    document_fields,
    documents,
    find_document,
)
from app.domain.history import HistoryEntry, record_history
from app.domain.lists import Paging, Place, cursor_of, digest, place_of
from app.domain.shapes import Page
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import name_part
from app.web.reading import MERGE_PATCH
from app.web.running import in_thread, quick

TAG = "Documents"


class Documents(Controller):
    path = "/documents"

    @get("/", **operation(summary="List documents by symbol", tag=TAG, answers=Page[Document], query=Paging))
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            paging = call.query(Paging)
            place = place_of(paging, 1)
            found = documents(session, after=place.keys[0] if place else "", limit=paging.limit + 1)
            total = place.total if place else document_count(session)
        items = found[: paging.limit]
        more = len(found) > paging.limit
        return call.page(Page(items, total, cursor_of(Place(digest(paging), total, [items[-1].symbol])) if more else None))

    @get("/{slug:str}", **operation(summary="One document", tag=TAG, answers=Document, tagged=True, query=RecordQuery))
    @quick
    def one(self, call: NamedDependency[Call], slug: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            record = document_at(session, name_part(slug), call.query(RecordQuery))
        return call.record(record)

    @post(
        "/",
        **operation(
            summary="Create a document",
            tag=TAG,
            text="Its slug is the symbol as it stands in addresses; two symbols with one slug are 409. The standing of the title "
            "(`languages`) is given here and changes only by an import.",
            answers=Document,
            status=201,
            tagged=True,
            reads=NewDocument,
            command=create_document,
            example={"symbol": "A/AC.105/1350", "title": {"zh": "第三期研讨会报告"}, "references": ["A/AC.105/1294"]},
        ),
    )
    @in_thread
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.write(create_document) as session:
            call.reason(session)
            record = create_document(session, call.body(NewDocument))
            return call.record(record, location=f"{call.path}/{record.slug}")

    @patch(
        "/{slug:str}",
        **operation(
            summary="Change a document",
            tag=TAG,
            text="An official title is read-only: 422 with the code `official_text`. An adoption later than an effective or confirmation "
            "date that is there already is 409.",
            answers=Document,
            tagged=True,
            reads=DocumentFields,
            media=MERGE_PATCH,
            matches=True,
            command=change_document,
            example={"references": ["A/AC.105/1294"]},
        ),
    )
    @in_thread
    def change(self, call: NamedDependency[Call], slug: FromPath[str]) -> Response[bytes]:
        with call.write(change_document) as session:
            row = find_document(session, name_part(slug))
            call.reason(session)
            now = document_fields(session, row.slug)
            fields = call.patched(DocumentFields, now, matching=row, present=lambda: document(session, row.slug))
            record = change_document(session, row, fields)
            return call.record(record)

    @get(
        "/{slug:str}/history",
        **operation(summary="What happened to a document, field by field", tag=TAG, answers=Page[HistoryEntry], query=Paging),
    )
    @in_thread
    def history(self, call: NamedDependency[Call], slug: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = document(session, name_part(slug)).symbol
            return call.page(record_history(session, "document", known, call.query(Paging)))
