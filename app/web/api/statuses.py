"""Status updates and confirmations of a commitment."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.db.sessions import Reading
from app.domain.commitment_list import commitment
from app.domain.commitments import find_commitment
from app.domain.detail import commitment_detail
from app.domain.shapes import Page
from app.domain.statuses import (
    Confirmation,
    NewConfirmation,
    StatusChange,
    StatusUpdate,
    confirm,
    confirmations,
    record_update,
    status_update,
    status_updates,
)
from app.errors import NotFound
from app.web.api.paths import ref_part, update_part
from app.web.call import Call
from app.web.describe import operation
from app.web.running import in_thread, quick

TAG = "Status"
_CHANGE = {
    "status": "under_implementation",
    "effective_on": "2026-11-20",
    "narrative": {"zh": "第三期研讨会的筹备工作已经开始。", "en": "Preparations for the third workshop have begun."},
    "evidence": [{"kind": "document", "symbol": "A/AC.105/1294", "paragraph": "46", "title": {"zh": "报告", "en": "Report"}}],
    "state": "published",
}


def _known(session: Reading, ref: str, call: Call) -> str:
    known = ref_part(ref)
    if commitment(session, known, call.settings.review_months) is None:
        raise NotFound
    return known


class CommitmentStatuses(Controller):
    path = "/commitments/{ref:str}"

    @get("/status-updates", **operation(summary="The status updates of a commitment, newest first", tag=TAG, answers=Page[StatusUpdate]))
    @quick
    def updates(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = _known(session, ref, call)
            call.no_query()
            items = status_updates(session, known)
        return call.plain(Page(items, len(items), None))

    @post(
        "/status-updates",
        **operation(
            summary="Record a status update",
            tag=TAG,
            text="`If-Match` takes the ETag of the commitment. A draft is only kept; the rules of statuses are checked when it is "
            "submitted and when it is published. To publish at once (`state` published) takes the role editor and the scope publish, and "
            "moves the version of the commitment.",
            answers=StatusUpdate,
            status=201,
            tagged=True,
            reads=StatusChange,
            matches=True,
            command=record_update,
            example=_CHANGE,
        ),
    )
    @in_thread
    def record(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.write(record_update) as session:
            row = find_commitment(session, ref_part(ref))
            call.no_query()
            change = call.body(StatusChange, matching=row, present=lambda: commitment_detail(session, row.ref, call.settings.review_months))
            update = status_update(session, record_update(session, row, change))
            return call.record(update, location=f"/api/v1/status-updates/{update.ref}")

    @get("/confirmations", **operation(summary="The confirmations of a commitment, newest first", tag=TAG, answers=Page[Confirmation]))
    @quick
    def confirmed(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = _known(session, ref, call)
            call.no_query()
            items = confirmations(session, known)
        return call.plain(Page(items, len(items), None))

    @post(
        "/confirmations",
        **operation(
            summary="Confirm that the status still holds on a day",
            tag=TAG,
            text="`If-Match` takes the ETag of the commitment, whose version moves. One confirmation per commitment and day; a "
            "second is 409.",
            answers=Confirmation,
            status=201,
            reads=NewConfirmation,
            matches=True,
            command=confirm,
            example={"confirmed_on": "2026-11-20"},
        ),
    )
    @in_thread
    def confirm(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.write(confirm) as session:
            row = find_commitment(session, ref_part(ref))
            call.no_query()
            new = call.body(NewConfirmation, matching=row, present=lambda: commitment_detail(session, row.ref, call.settings.review_months))
            confirmation = confirm(session, row, new)
            return call.created(confirmation, location=call.path)


class StatusUpdates(Controller):
    path = "/status-updates"

    @get("/{ref:str}", **operation(summary="One status update", tag=TAG, answers=StatusUpdate, tagged=True))
    @quick
    def one(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            update = status_update(session, update_part(ref))
            call.no_query()
        return call.record(update)
