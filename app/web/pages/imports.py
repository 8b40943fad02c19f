"""Imports: a file is sent, what it would change is looked at record by record, and all or some of it is accepted."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from app.db.sessions import Reading
from app.domain.intake import Symbol, read
from app.domain.lists import Paging
from app.errors import Invalid, invalid
from app.interchange.sheet_rows import MOST_ROWS
from app.interchange.upload_shapes import Accepted, RecordId, Upload
from app.interchange.uploads import (
    DAYS,
    accept_import,
    acceptable,
    import_shown,
    keep_upload,
    read_upload,
    see_import,
    tried,
)
from app.interchange.waiting import imported, own_uploads
from app.register import REGISTER
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.listing import further, refined
from app.web.pages.previews import by_lines, in_file, previewed
from app.web.pages.told import link
from app.web.paths import import_part
from app.web.running import importing
from app.web.sent_files import MAX_FILE, SentFile
from app.web.visit import Visit

_MEGABYTE = 2**20


class FileFields(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about a file; the file itself comes beside it."""

    file: str | None = None
    corrigendum: Symbol | None = None
    replace_working: bool = False


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The records that were ticked."""

    records: Annotated[list[RecordId], Meta(max_length=200)] = []


class Imports(Controller):
    path = "/imports"

    @get("/", **page())
    @importing
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(own_uploads) as session:
            call.no_query()
            return _sending(call, session, call.form(FileFields), None)

    @post("/", **page(command=keep_upload))
    @importing
    def send(self, call: NamedDependency[Visit]) -> Response[bytes]:
        actor = call.allow(keep_upload)
        call.no_query()
        form, file = call.form_with_file(FileFields)
        try:
            upload = _upload(form, file)
            content = read_upload(_content(file), upload)
            tried(call.db, actor, content, upload)
            with call.write(keep_upload) as session:
                call.filled(form)
                code = keep_upload(session, content, upload)
                return call.see(call.to("imports", code, done="uploaded"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _sending(call, session, form.refused(problem), file)

    @get("/{code:str}", **page(view=see_import))
    @importing
    def one(self, call: NamedDependency[Visit], code: FromPath[str]) -> Response[bytes]:
        with call.desk(see_import) as session:
            return _preview(call, session, import_part(code), call.form(Chosen))

    @post("/{code:str}/accept", **page(command=accept_import))
    @importing
    def accept(self, call: NamedDependency[Visit], code: FromPath[str]) -> Response[bytes]:
        form = call.form(Chosen)
        try:
            with call.write(accept_import) as session:
                known = import_part(code)
                call.query(Paging)
                chosen = call.filled(form)
                accept_import(session, known, Accepted(records=_wanted(session, known, form, chosen)))
                return call.see(call.to("imports", known, done="imported"))
        except AGAIN as problem:
            call.stands_at = call.to("imports", import_part(code))
            with call.once_more() as session:
                return _preview(call, session, import_part(code), form.refused(problem))


def _upload(form: Form[FileFields], file: SentFile | None) -> Upload:
    """What the form says about the file, every error at once."""
    values = form.read()
    if file is None:
        raise invalid("/file", "required")
    if len(file.content) > MAX_FILE:
        raise invalid("/file", "file_limit", limit=MAX_FILE // _MEGABYTE)
    upload = Upload(reason=form.about("reason") or None, corrigendum=values.corrigendum, replace_working=values.replace_working)
    return msgspec.structs.replace(upload, name=_name(file))


def _name(file: SentFile) -> str | None:
    """The end of the name of a file; none where it holds what no text may."""
    try:
        return read(Upload, {"name": file.name[-100:]}).name
    except Invalid:
        return None


def _content(file: SentFile | None) -> bytes:
    return b"" if file is None else file.content


def _wanted(session: Any, code: str, form: Form[Chosen], chosen: Chosen) -> list[str]:
    """The ids to accept: the ticked ones, or all that are not in conflict. Raises Invalid where there is none."""
    wanted = acceptable(session, code) if form.about("do") == "all" else chosen.records
    if not wanted:
        raise invalid("/records", "nothing_chosen")
    return wanted


def _sending(call: Visit, session: Reading, form: Form[FileFields], file: SentFile | None) -> Response[bytes]:
    wrong = in_file(form, by_lines=by_lines(_content(file)))
    return call.render(
        "imports.html", status=form.status, form=form, wrong=wrong, kept=own_uploads(session), days=DAYS,
        megabytes=MAX_FILE // _MEGABYTE, rows=MOST_ROWS, resend=file is not None and form.problem is not None,
    )  # fmt: skip


def _preview(call: Visit, session: Reading, code: str, form: Form[Chosen]) -> Response[bytes]:
    paging = call.query(Paging)
    found = import_shown(session, REGISTER, code, paging)
    lines = found.kind == "ndjson"
    records = [previewed(call.lang, one, call.names, by_lines=lines) for one in found.records]
    typed = None if form.pairs is None else set(form.values("records"))
    stored = [(entity, ref, link(call.lang, entity, ref)) for entity, ref in imported(session, code)]
    return call.render(
        "import.html", stored=stored, status=form.status, form=form, found=found, records=records, typed=typed,
        wrong=in_file(form, by_lines=lines), next=_at(call, code, further(call, found.next)),
        first=_at(call, code, refined(call, cursor=None)) if paging.cursor else None, cursor=paging.cursor,
    )  # fmt: skip


def _at(call: Visit, code: str, address: str | None) -> str | None:
    """The address of another page of the preview, also from where a choice was refused."""
    return None if address is None else call.to("imports", code) + address.removeprefix(call.path)
