"""Status updates and confirmations of a commitment."""

from collections.abc import Callable

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app import tables
from app.db.sessions import Reading, WriteSession
from app.domain import review
from app.domain.commitment_list import commitment
from app.domain.commitments import find_commitment
from app.domain.confirmations import Confirmation, NewConfirmation, confirm, confirmations
from app.domain.detail import RecordQuery, commitment_detail, earlier
from app.domain.review import Returned, UpdateFields
from app.domain.shapes import Page
from app.domain.statuses import (
    StatusChange,
    StatusUpdate,
    record_update,
    status_update,
    status_updates,
)
from app.domain.update_queue import UpdateFilter, update_page
from app.errors import NotFound
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import ref_part, update_part
from app.web.reading import MERGE_PATCH
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
            call.reason(session)
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
            call.reason(session)
            new = call.body(NewConfirmation, matching=row, present=lambda: commitment_detail(session, row.ref, call.settings.review_months))
            confirmation = confirm(session, row, new)
            return call.created(confirmation, location=call.path)


class StatusUpdates(Controller):
    path = "/status-updates"

    @get(
        "/",
        **operation(
            summary="List status updates: the review queue, drafts, what was published last",
            tag=TAG,
            text="Readers see published updates; a focal point also what his organization recorded; editors see all. "
            "`state=submitted` is the queue of the editors.",
            answers=Page[StatusUpdate],
            query=UpdateFilter,
        ),
    )
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            return call.page(update_page(session, call.query(UpdateFilter)))

    @get("/{ref:str}", **operation(summary="One status update", tag=TAG, answers=StatusUpdate, tagged=True, query=RecordQuery))
    @quick
    def one(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = update_part(ref)
            with earlier(session, call.query(RecordQuery), [known.rpartition(".")[0]]) as then:
                update = status_update(then, known)
        return call.record(update)

    @patch(
        "/{ref:str}",
        **operation(
            summary="Change a draft or returned update",
            tag=TAG,
            text="A published update is never changed: record a new one that corrects it.",
            answers=StatusUpdate,
            tagged=True,
            reads=UpdateFields,
            media=MERGE_PATCH,
            matches=True,
            command=review.change_update,
            example={"narrative": {"zh": "筹备工作正在进行。"}},
        ),
    )
    @in_thread
    def change(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.write(review.change_update) as session:
            row = review.find_update(session, update_part(ref))
            call.reason(session)
            fields = call.patched(UpdateFields, review.update_fields(session, row), matching=row, present=_present(session, row))
            update = review.change_update(session, row, fields)
            return call.record(update)

    @delete(
        "/{ref:str}",
        status_code=204,
        **operation(
            summary="Withdraw a draft or returned update",
            tag=TAG,
            text="The ledger keeps what it was; its number is not given again.",
            status=204,
            matches=True,
            command=review.withdraw_update,
        ),
    )
    @in_thread
    def withdraw(self, call: NamedDependency[Call], ref: FromPath[str]) -> None:
        with call.write(review.withdraw_update) as session:
            row = review.find_update(session, update_part(ref))
            call.reason(session)
            call.match(row, _present(session, row))
            review.withdraw_update(session, row)

    @post(
        "/{ref:str}/submit",
        status_code=200,
        **operation(
            summary="Submit a draft or returned update to the editors",
            tag=TAG,
            text="The rules of statuses are checked now, and again when it is published. `If-Match` takes the ETag of the update.",
            answers=StatusUpdate,
            tagged=True,
            matches=True,
            command=review.submit_update,
        ),
    )
    @in_thread
    def submit(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        return _step(call, ref, review.submit_update)

    @post(
        "/{ref:str}/publish",
        status_code=200,
        **operation(
            summary="Publish a submitted update",
            tag=TAG,
            text="The rules are checked again as things stand now; the version of the commitment moves. `If-Match` takes the ETag of "
            "the update.",
            answers=StatusUpdate,
            tagged=True,
            matches=True,
            command=review.publish_update,
        ),
    )
    @in_thread
    def publish(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        return _step(call, ref, review.publish_update)

    @post(
        "/{ref:str}/return",
        status_code=200,
        **operation(
            summary="Return a submitted update with a note",
            tag=TAG,
            text="The note is seen by whoever sees the draft, and is gone from the update once it is submitted again. `If-Match` takes "
            "the ETag of the update.",
            answers=StatusUpdate,
            tagged=True,
            reads=Returned,
            matches=True,
            command=review.return_update,
            example={"review_note": "请补充佐证材料。"},
        ),
    )
    @in_thread
    def send_back(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.write(review.return_update) as session:
            row = review.find_update(session, update_part(ref))
            call.reason(session)
            returned = call.body(Returned, matching=row, present=_present(session, row))
            update = review.return_update(session, row, returned)
            return call.record(update)


def _present(session: WriteSession, row: tables.StatusUpdate) -> Callable[[], StatusUpdate]:
    return lambda: status_update(session, row.ref)


def _step(call: Call, ref: str, command: Callable[[WriteSession, tables.StatusUpdate], StatusUpdate]) -> Response[bytes]:
    """A step of the review that takes no body."""
    with call.write(command) as session:
        row = review.find_update(session, update_part(ref))
        call.reason(session)
        call.no_body()
        call.match(row, _present(session, row))
        update = command(session, row)
        return call.record(update)
