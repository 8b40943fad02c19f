"""Follow-up actions, their notes, and their links to commitments."""

from collections.abc import Callable

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from app import tables_actions
from app.db.sessions import WriteSession
from app.domain import action_commands as commands
from app.domain.action_commands import ActionFields, NewLink, NewNote
from app.domain.actions import Action, ActionFilter, action, action_page
from app.domain.detail import RecordQuery, earlier
from app.domain.history import HistoryEntry, action_history
from app.domain.lists import Paging
from app.domain.shapes import Page
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import action_part, ref_part
from app.web.reading import MERGE_PATCH
from app.web.running import in_thread, quick

TAG = "Actions"
_NEW = {
    "title": {"zh": "编写第三期研讨会概念说明", "en": "Draft the concept note of the third workshop"},
    "event": "third-workshop",
    "owner": "unoosa",
    "due_on": "2027-03-31",
}


def _present(session: WriteSession, row: tables_actions.Action) -> Callable[[], Action]:
    return lambda: action(session, row.ref)


class Actions(Controller):
    path = "/actions"

    @get("/", **operation(summary="List follow-up actions", tag=TAG, answers=Page[Action], query=ActionFilter))
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            return call.page(action_page(session, call.query(ActionFilter)))

    @post(
        "/",
        **operation(
            summary="Create or propose an action",
            tag=TAG,
            text="A focal point (role contributor) can only propose; the action is public once an editor has accepted it.",
            answers=Action,
            status=201,
            tagged=True,
            reads=ActionFields,
            command=commands.create_action,
            example=_NEW,
        ),
    )
    @in_thread
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.write(commands.create_action) as session:
            call.reason(session)
            record = commands.create_action(session, call.body(ActionFields))
            return call.record(record, location=f"{call.path}/{record.ref}")

    @get("/{ref:str}", **operation(summary="One action", tag=TAG, answers=Action, tagged=True, query=RecordQuery))
    @quick
    def one(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = action_part(ref)
            with earlier(session, call.query(RecordQuery), actions=[known]) as then:
                record = action(then, known)
        return call.record(record)

    @patch(
        "/{ref:str}",
        **operation(
            summary="Change an action; accepting a proposed one is a change of its status",
            tag=TAG,
            answers=Action,
            tagged=True,
            reads=ActionFields,
            media=MERGE_PATCH,
            matches=True,
            command=commands.change_action,
            example={"status": "in_progress", "progress": 25},
        ),
    )
    @in_thread
    def change(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.write(commands.change_action) as session:
            row = commands.find_action(session, action_part(ref))
            call.reason(session)
            fields = call.patched(ActionFields, commands.action_fields(session, row), matching=row, present=_present(session, row))
            record = commands.change_action(session, row, fields)
            return call.record(record)

    @delete(
        "/{ref:str}",
        status_code=204,
        **operation(
            summary="Delete an action that is linked to nothing",
            tag=TAG,
            text="The ledger keeps what it was; its number is not given again.",
            status=204,
            matches=True,
            command=commands.delete_action,
        ),
    )
    @in_thread
    def remove(self, call: NamedDependency[Call], ref: FromPath[str]) -> None:
        with call.write(commands.delete_action) as session:
            row = commands.find_action(session, action_part(ref))
            call.reason(session)
            call.match(row, _present(session, row))
            commands.delete_action(session, row)

    @post(
        "/{ref:str}/notes",
        **operation(
            summary="Add a dated note to an action",
            tag=TAG,
            text="Needs no `If-Match`: notes are only added. The answer is the action with its notes.",
            answers=Action,
            status=201,
            tagged=True,
            reads=NewNote,
            command=commands.add_note,
            example={"on": "2026-11-20", "text": {"zh": "已与主办方联系。"}},
        ),
    )
    @in_thread
    def note(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.write(commands.add_note) as session:
            row = commands.find_action(session, action_part(ref))
            call.reason(session)
            record = commands.add_note(session, row, call.body(NewNote))
            return call.record(record, location=f"/api/v1/actions/{record.ref}")

    @get(
        "/{ref:str}/history",
        **operation(summary="What happened to an action, field by field", tag=TAG, answers=Page[HistoryEntry], query=Paging),
    )
    @in_thread
    def history(self, call: NamedDependency[Call], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = action(session, action_part(ref)).ref
            return call.page(action_history(session, known, call.query(Paging)))

    @put(
        "/{ref:str}/commitments/{commitment:str}",
        **operation(
            summary="Link an action to a commitment",
            tag=TAG,
            text="Also changes what an existing link says. `If-Match` takes the ETag of the action, and only its version moves. "
            "A repeat that changes nothing is 200 whatever the tag.",
            answers=Action,
            tagged=True,
            reads=NewLink,
            matches=True,
            command=commands.link_action,
            example={"contribution": "implements"},
        ),
    )
    @in_thread
    def link(self, call: NamedDependency[Call], ref: FromPath[str], commitment: FromPath[str]) -> Response[bytes]:
        with call.write(commands.link_action) as session:
            row = commands.find_action(session, action_part(ref))
            link = commands.linked(session, row, ref_part(commitment))
            call.reason(session)
            new = call.body(NewLink, matching=row, present=_present(session, row), unless=lambda raw: commands.says(link, raw))
            record = commands.link_action(session, row, commitment, new)
            return call.record(record)

    @delete(
        "/{ref:str}/commitments/{commitment:str}",
        status_code=200,
        **operation(
            summary="Remove a link",
            tag=TAG,
            text="`If-Match` takes the ETag of the action, which is also the answer.",
            answers=Action,
            tagged=True,
            matches=True,
            command=commands.unlink_action,
        ),
    )
    @in_thread
    def unlink(self, call: NamedDependency[Call], ref: FromPath[str], commitment: FromPath[str]) -> Response[bytes]:
        with call.write(commands.unlink_action) as session:
            row = commands.find_action(session, action_part(ref))
            commands.require_link(session, row, ref_part(commitment))
            call.reason(session)
            call.match(row, _present(session, row))
            record = commands.unlink_action(session, row, commitment)
            return call.record(record)
