"""The commands that bring records in and out: `import` and `export`."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from app.actors import ANONYMOUS, system_actor
from app.cli_parts import language, opened, refuse_no_file, standard_output
from app.cli_progress import progress
from app.codes import NAME_LENGTH
from app.db.engines import be_patient
from app.errors import N_, FieldError, Invalid, SettingsError
from app.gate import passed
from app.i18n import Lang, gettext
from app.settings import Settings
from app.web.problems import said

_MOST_SHOWN = 100
_VALUE_LENGTH = 80
_TABLES = ("commitments", "status_updates", "actions", "coverage")
_FORMATS = (".ndjson", ".csv", ".xlsx")


def add_records(commands: Any) -> None:
    """Add `import` and `export` to the commands."""
    bring = commands.add_parser("import", help="bring a record file (.ndjson) in: all of it, or nothing")
    bring.add_argument("file", metavar="FILE", type=Path, help="what is missing is made, what is equal is left, what differs is a conflict")
    bring.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    bring.add_argument("--corrigendum", metavar="SYMBOL", help="let official wording of this document change; names it or its corrigendum")
    bring.add_argument("--replace-working", action="store_true", help="let working translations change")
    bring.add_argument("--reason", metavar="TEXT", help="why; it stands in the history")
    bring.set_defaults(run=_import)

    take = commands.add_parser("export", help="write a record file (.ndjson), or a table (.csv, .xlsx), drafts included")
    take.add_argument("-o", "--output", metavar="FILE", required=True, help="where to; - is standard output")
    take.add_argument("--document", metavar="SYMBOL", action="append", default=[], help="only the commitments of this document")
    take.add_argument("--event", metavar="ID", action="append", default=[], help="only the commitments that actions of this event serve")
    take.add_argument("--table", choices=_TABLES, default=_TABLES[0], help="what a .csv holds (default: %(default)s)")
    take.add_argument("--public", action="store_true", help="only what is published")
    take.set_defaults(run=_export)


def _import(args: argparse.Namespace, settings: Settings) -> int:
    from app.interchange import record_file
    from app.interchange.differences import Allowed
    from app.interchange.importing import import_file

    lang, actor = language(os.environ), system_actor("import")
    reason = _reason(args)
    with opened(settings) as db, _source(args.file) as source:
        with progress(args.file.name, os.fstat(source.fileno()).st_size, "B") as shown:
            file = record_file.RecordFile(source, shown)
        with progress(args.file.name, file.count, gettext(lang, N_("lines"))) as shown:
            allowed = Allowed(args.corrigendum, args.replace_working)
            outcome = import_file(db, actor, file, allowed, reason=reason, dry_run=args.dry_run, shown=shown)
    for line in _complaints(outcome, args.file.name, lang):
        print(line, file=sys.stderr)
    if outcome.refused:
        return 1
    print(_summary(outcome, lang, dry_run=args.dry_run))
    return 0


@contextmanager
def _source(path: Path) -> Iterator[BinaryIO]:
    try:
        source = path.open("rb", buffering=2**16)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    with source:
        if source.seekable():
            yield source
            return
        with tempfile.TemporaryFile() as whole:
            _pour(source, whole, path)
            yield whole


def _pour(source: BinaryIO, whole: BinaryIO, path: Path) -> None:
    """Keep what can be read once only, such as a pipe: the lines are read again in the order of their kinds."""
    try:
        shutil.copyfileobj(source, whole)
        whole.seek(0)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error


def _reason(args: argparse.Namespace) -> str | None:
    """Why, as it will stand in the ledger. Raises Invalid for a text that cannot."""
    if args.reason is None:
        return f"{args.corrigendum}" if args.corrigendum else None
    text = passed(args.reason, "/reason", limit=NAME_LENGTH, lines=False)
    if isinstance(text, FieldError):
        raise Invalid(errors=(text,))
    return text


def _complaints(outcome: Any, name: str, lang: Lang) -> Iterator[str]:
    """A line for each error and conflict, the first of them."""
    found = [(one.line, one.error) for one in outcome.errors.kept] + [(one.line, _differs(one)) for one in outcome.conflicts]
    for line, error in sorted(found, key=lambda one: one[0])[:_MOST_SHOWN]:
        where = f"{error.pointer}: " if error.pointer else ""
        yield f"{name}:{line}: {where}{said(lang, error.code, error.params)}" if line else f"{name}: {said(lang, error.code, error.params)}"
    more = outcome.errors.count + outcome.conflict_count - min(len(found), _MOST_SHOWN)
    if more:
        yield gettext(lang, N_("… and {number} more"), number=more)
    if found:
        yield gettext(lang, N_("{name}: nothing was imported"), name=name)


def _differs(conflict: Any) -> FieldError:
    shown = {"stored": _short(conflict.stored), "given": _short(conflict.given)}
    return FieldError(conflict.field, "record_differs", {"entity": conflict.entity, "ref": conflict.ref} | shown)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 1] + "…"


def _summary(outcome: Any, lang: Lang, *, dry_run: bool) -> str:
    numbers = {"added": sum(outcome.added.values()), "changed": outcome.changed, "equal": outcome.equal}
    text = N_("would add {added}, change {changed}, leave {equal}") if dry_run else N_("added {added}, changed {changed}, left {equal}")
    return gettext(lang, text, **numbers)


def _export(args: argparse.Namespace, settings: Settings) -> int:
    suffix = Path(args.output).suffix.lower() if args.output != "-" else ".ndjson"
    if suffix not in _FORMATS:
        raise SettingsError(f"{args.output}: a file ends with {', '.join(_FORMATS)}")
    actor = ANONYMOUS if args.public else system_actor("export")
    with opened(settings) as db, db.read(actor) as session, _target(args.output) as target:
        be_patient(session.asked())
        _WRITERS[suffix](session, args, settings, target)
    return 0


def _export_lines(session: Any, args: argparse.Namespace, settings: Settings, target: BinaryIO) -> None:
    from app.domain.selection import Selection
    from app.interchange.export_lines import line_count, record_lines

    total = None if args.document or args.event else line_count(session)
    with progress(args.output, total, gettext(language(os.environ), N_("lines"))) as shown:
        selection = Selection(document=args.document, event=args.event)
        for some in record_lines(session, selection, public=args.public, review_months=settings.review_months):
            target.write(some)
            shown(some.count(b"\n"))


def _export_table(session: Any, args: argparse.Namespace, settings: Settings, target: BinaryIO) -> None:
    from app.formats import commas
    from app.interchange.export_tables import TableName, TableQuery, Tables, checked

    query = checked(TableQuery(document=args.document, event=args.event, table=TableName(args.table)))
    commas.write(target, Tables(session, query, review_months=settings.review_months).one(query.table, names_only=True))


def _export_book(session: Any, args: argparse.Namespace, settings: Settings, target: BinaryIO) -> None:
    from app.formats import xlsx
    from app.interchange.export_tables import BookQuery, Tables

    query = BookQuery(document=args.document, event=args.event)
    xlsx.write(target, Tables(session, query, review_months=settings.review_months).book(), title="Hainan tracker", made=session.now)


_WRITERS: dict[str, Callable[[Any, argparse.Namespace, Settings, BinaryIO], None]] = {
    ".ndjson": _export_lines,
    ".csv": _export_table,
    ".xlsx": _export_book,
}


@contextmanager
def _target(output: str) -> Iterator[BinaryIO]:
    """Where an export goes: a file that appears when it is complete, or standard output."""
    if output == "-":
        with standard_output() as out:
            yield out
        return
    path = Path(output)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        refuse_no_file(path)
        with unfinished.open("wb") as target:
            yield target
        unfinished.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
