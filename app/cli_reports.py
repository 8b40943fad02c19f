"""The commands for reports: made into a file, and two finished files compared."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cli_parts import Parser, opened, refuse_no_file, standard_output
from app.cli_progress import watched
from app.db.engines import be_patient
from app.errors import Conflict, FieldError, Problem, SettingsError, invalid
from app.settings import Settings

_CONTENT = ("event", "since", "as_of", "as_recorded", "gate", "lang", "layout")


def add_reports(commands: Any) -> None:
    """Add `report …` to the commands."""
    report = commands.add_parser("report", help="progress reports").add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    made = report.add_parser("progress", help="make a progress report")
    made.add_argument("--lang", default="zh,en", metavar="LANG", help="zh, en, or zh,en for both side by side (default: %(default)s)")
    made.add_argument("--format", metavar="FORMAT", help="pdf, docx, xlsx, html, md or json; else the ending of the file says it")
    made.add_argument("--document", action="append", default=[], metavar="SYMBOL", help="a document; can be repeated (default: all)")
    made.add_argument("--event", metavar="ID", help="whose actions and coverage are shown, e.g. third-workshop")
    made.add_argument("--since", metavar="DATE", help="also say what changed after this day")
    made.add_argument("--as-of", metavar="DATE", help="how things stood in the world on this day")
    made.add_argument("--as-recorded", metavar="REVISION", help="what the register said at this revision or moment")
    made.add_argument(
        "--layout", default="columns", metavar="LAYOUT", help="columns or interleaved, for both languages (default: %(default)s)"
    )
    made.add_argument("--gate", default="mark", metavar="GATE", help="mark open texts, or refuse a report with any (default: %(default)s)")
    made.add_argument("-o", "--output", required=True, metavar="FILE", help="where to write it; - for standard output")
    made.set_defaults(run=_progress)
    check = report.add_parser("check", help="prove that two files of one format say the same; exit with 1 where they do not")
    check.add_argument("first", metavar="A", type=Path)
    check.add_argument("second", metavar="B", type=Path)
    check.set_defaults(run=_check)


def _progress(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.intake import read  # what makes reports is for these commands only
    from app.reports.build import progress_report
    from app.reports.delivery import delivered
    from app.reports.request import ReportQuery

    with _options_named(), watched() as shown:
        wanted = _format(args.format or Path(args.output).suffix.removeprefix("."))
        raw = {"document": args.document} | {name: value for name in _CONTENT if (value := getattr(args, name)) is not None}
        asked = read(ReportQuery, raw, lenient=True, prefix="?")
        with opened(settings) as db, db.read() as session:
            be_patient(session.asked())
            report = progress_report(session, asked, settings.review_months)
        _written(args.output, delivered(report, wanted, asked.lang, asked.layout, shown("report", None)))
    return 0


def _format(name: str) -> Any:
    from app.reports.formats import Format

    if name not in tuple(Format):
        raise invalid("?format", "unknown_code", codes=tuple(Format))
    return Format(name)


@contextmanager
def _options_named() -> Iterator[None]:
    """Errors name the options of the command rather than parameters of an address."""
    try:
        yield
    except Problem as problem:
        problem.errors = tuple(
            FieldError(
                "--" + error.pointer[1:].replace("_", "-") if error.pointer.startswith("?") else error.pointer, error.code, error.params
            )
            for error in problem.errors
        )
        raise


def _written(target: str, pieces: Iterator[bytes]) -> None:
    """The whole file or none: it takes its name when it is complete."""
    if target == "-":
        with standard_output() as out:
            out.writelines(pieces)
        return
    path, partial = Path(target), Path(f"{target}.{os.getpid()}.part")
    try:
        refuse_no_file(path)
        try:
            with partial.open("wb") as file:
                file.writelines(pieces)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"{target} cannot be written: {error.strerror}") from error


def _check(args: argparse.Namespace, settings: Settings) -> int:
    from app.reports.delivery import compared

    names = [path.suffix.removeprefix(".") for path in (args.first, args.second)]
    if names[0] != names[1]:
        raise Conflict("two_formats")
    with _options_named():
        named = _format(names[0])
    number = compared(_read(args.first), _read(args.second), named)
    print(f"ok: both say the same, {number} facts in the same order")
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
