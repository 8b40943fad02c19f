"""Commitments: the list, one with everything about it, created, changed; their history."""

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain import detail
from app.domain.commitment_list import Commitment, CommitmentFilter, commitment
from app.domain.commitments import CommitmentFields, NewCommitment, change_commitment, commitment_fields, create_commitment, find_commitment
from app.domain.detail import CommitmentDetail, DetailQuery, commitment_detail
from app.domain.history import HistoryEntry, commitment_history
from app.domain.lists import Paging
from app.domain.shapes import Page
from app.errors import NotFound
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import ref_part
from app.web.reading import MERGE_PATCH
from app.web.running import in_thread, quick

TAG = "Commitments"
_NEW = {
    "ref": "T3-O1",
    "document": "A/AC.105/1294",
    "kind": "operative",
    "position": 26,
    "tracking": "operational",
    "text": {"zh": "鼓励会员国分享空间探索方案；", "en": "Encourage Member States to share their space exploration programmes;"},
}


class Commitments(Controller):
    path = "/commitments"

    @get("/", **operation(summary="List commitments and parts", tag=TAG, answers=Page[Commitment], query=CommitmentFilter))
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            filters = call.query(CommitmentFilter)
            return call.page(detail.page_asked(session, filters, call.settings.review_months))

    @post(
        "/",
        **operation(
            summary="Create a commitment or a part",
            tag=TAG,
            text="With `parent` it is a part, and takes document, kind and tracking from its commitment. The standing of its wording "
            "(`languages`) is given here and changes only by an import.",
            answers=CommitmentDetail,
            status=201,
            tagged=True,
            reads=NewCommitment,
            command=create_commitment,
            example=_NEW,
        ),
    )
    @in_thread
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.write(create_commitment) as session:
            call.reason(session)
            row = create_commitment(session, call.body(NewCommitment))
            record = commitment_detail(session, row.ref, call.settings.review_months)
            return call.record(record, location=f"{call.path}/{record.ref}")

    @get(
        "/{ref:str}",
        **operation(summary="One commitment with everything about it", tag=TAG, answers=CommitmentDetail, tagged=True, query=DetailQuery),
    )
    @quick
    def one(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = ref_part(ref)
            record = detail.detail_asked(session, known, call.query(DetailQuery), call.settings.review_months)
        return call.record(record)

    @patch(
        "/{ref:str}",
        **operation(
            summary="Change a commitment",
            tag=TAG,
            text="Official text and `languages` are read-only: 422 with the code `official_text`. A patch that changes nothing "
            "does not move the version.",
            answers=CommitmentDetail,
            tagged=True,
            reads=CommitmentFields,
            media=MERGE_PATCH,
            matches=True,
            command=change_commitment,
            example={"responsible": ["unoosa"], "target_on": "2027-12-31"},
        ),
    )
    @in_thread
    def change(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        months = call.settings.review_months
        with call.write(change_commitment) as session:
            row = find_commitment(session, ref_part(ref))
            call.reason(session)
            now = commitment_fields(session, row.ref)
            fields = call.patched(CommitmentFields, now, matching=row, present=lambda: commitment_detail(session, row.ref, months))
            change_commitment(session, row, fields)
            record = commitment_detail(session, row.ref, months)
            return call.record(record)

    @get(
        "/{ref:str}/history",
        **operation(summary="What happened to a commitment, field by field", tag=TAG, answers=Page[HistoryEntry], query=Paging),
    )
    @in_thread
    def history(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = ref_part(ref)
            if not commitment(session, known, call.settings.review_months):
                raise NotFound
            return call.page(commitment_history(session, known, call.query(Paging)))
