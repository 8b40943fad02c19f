"""Uploads: a file comes in, what it would change is looked at, and all or some of it is accepted."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain.lists import Paging
from app.interchange.upload_shapes import Accepted, Import, Upload
from app.interchange.uploads import accept_import, import_shown, keep_upload, read_upload, see_import, tried
from app.register import REGISTER
from app.web.api.exports import CSV, NDJSON, XLSX
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import import_part
from app.web.running import importing

TAG = "Files"
_LINE = '{"type":"organization","id":"isro","name":{"zh":"印度空间研究组织","en":"ISRO"},"kind":"space-agency"}\n'

_ANY = "application/octet-stream"


class Imports(Controller):
    path = "/imports"

    @post(
        "/",
        **operation(
            summary="Send a file and see what it would change",
            tag=TAG,
            text="A record file, or a CSV or XLSX that this service exported and somebody edited; up to 20 MiB. Nothing is written but the "
            "file itself, which is kept for seven days. Of a table these columns can be changed: of a commitment its label, citation, lead "
            "verb, working texts, responsible organizations and target date; of an action its title, description, event, owner, partners, "
            "due date, priority and progress. A new row without a ref makes a draft update or an action. Statuses, links and narratives "
            "that somebody set are never changed. A cell that says what was exported says nothing; the column `version` tells which "
            "version that was. Errors name the line and field, or the cell.",
            answers=Import,
            status=201,
            query=Upload,
            takes=(NDJSON, CSV, XLSX, _ANY),
            command=keep_upload,
            example=_LINE,
        ),
    )
    @importing
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        actor = call.allow(keep_upload)
        upload, content = call.query(Upload), call.upload()
        file = read_upload(content, upload)
        tried(call.db, actor, file, upload)
        with call.write(keep_upload) as session:
            call.look()
            code = keep_upload(session, file, upload)
            return call.created(import_shown(session, REGISTER, code, Paging()), location=f"{call.path}/{code}")

    @get(
        "/{code:str}",
        **operation(
            summary="What an upload would change as things stand now",
            tag=TAG,
            text="Record by record and field by field, with what was changed meanwhile as a conflict. Equal records are counted and not "
            "listed.",
            answers=Import,
            query=Paging,
            view=see_import,
        ),
    )
    @importing
    def one(self, call: NamedDependency[Call], code: FromPath[str]) -> Response[bytes]:
        with call.read(see_import) as session:
            known = import_part(code)
            return call.page(see_import(session, REGISTER, known, call.query(Paging)))

    @post(
        "/{code:str}/accept",
        **operation(
            summary="Accept an upload, all of it or some records",
            tag=TAG,
            text="In one transaction, by the rules that hold for everybody, as things stand now. A record in conflict cannot be accepted: "
            "409, and nothing is written.",
            answers=Import,
            reads=Accepted,
            command=accept_import,
            example={"records": ["organization/isro"]},
        ),
    )
    @importing
    def accept(self, call: NamedDependency[Call], code: FromPath[str]) -> Response[bytes]:
        with call.write(accept_import) as session:
            known = import_part(code)
            call.reason(session)
            accept_import(session, known, call.body(Accepted))
            return call.plain(import_shown(session, REGISTER, known, Paging()), status=200)
