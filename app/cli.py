"""The command line. Exit codes: 0 done, 1 refused or found wrong, 2 not understood or not possible. Errors are one line."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from app import __version__
from app.cli_moving import add_moving
from app.cli_parts import Parser, end_output, finish_output, language, opened, refuse_no_text
from app.cli_people import add_people
from app.cli_records import add_records
from app.cli_reports import add_reports
from app.collector import collect_seldom
from app.db import utc_now
from app.db.backends import open_backend
from app.db.engines import role_of
from app.db.facts import refusal
from app.errors import Problem, SettingsError
from app.settings import Settings, load_settings
from app.web.problems import in_lines

Command = Callable[[argparse.Namespace, Settings], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    collect_seldom()
    try:
        return _run(argv)
    except Problem as problem:
        print("hainan: " + "\n".join(in_lines(problem, language(os.environ))), file=sys.stderr)
        return 1 if problem.status < 500 else 2
    except (SettingsError, DBAPIError, OSError) as error:
        end_output()
        if isinstance(error, BrokenPipeError):
            return 1
        print(f"hainan: {_said(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(argv: Sequence[str] | None) -> int:
    args = _parser().parse_args(argv)
    refuse_no_text(args)
    run: Command = args.run
    code = run(args, load_settings(os.environ))
    finish_output()
    return code


def _said(error: SettingsError | DBAPIError | OSError) -> str:
    if isinstance(error, DBAPIError):
        return refusal(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="hainan", description="A bilingual (Chinese and English) tracker of policy commitments.")
    parser.add_argument("--version", action="version", version=f"hainan {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)

    serve = commands.add_parser("serve", help="migrate, load the Hainan Initiative into an empty database, and serve it")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=_port, default=8000, help="port to listen on (default: %(default)s)")
    serve.add_argument("--workers", type=_workers, default=1, help="processes; more than one needs PostgreSQL (default: %(default)s)")
    serve.add_argument("--empty", action="store_true", help="leave an empty database empty")
    serve.set_defaults(run=_serve)

    commands.add_parser("migrate", help="bring the database to the form this version needs").set_defaults(run=_migrate)
    commands.add_parser("verify", help="prove that the ledger is whole and that replaying it gives today's tables").set_defaults(
        run=_verify
    )

    commands.add_parser("doctor", help="examine the set-up; exit with 1 where a promise cannot be kept").set_defaults(run=_doctor)

    routes = commands.add_parser("routes", help="print every route with what it needs, and every command with the roles that may run it")
    routes.add_argument("--json", action="store_true", help="print it as one JSON object")
    routes.set_defaults(run=_routes)

    add_moving(commands)
    add_records(commands)
    add_people(commands)
    add_reports(commands)
    return parser


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")


def _workers(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError("give 1 to 64 workers")


def _migrate(args: argparse.Namespace, settings: Settings) -> int:
    from app.upkeep import migrated  # what it needs is for few commands

    backend = open_backend(settings.migration_database_url or settings.database_url, readers=1)
    with backend.serving() as alone:
        if not alone:
            raise SettingsError("another process serves this database; stop it before migrating")
        print(f"the database is at revision {migrated(backend, service=role_of(settings.database_url))}")
    backend.dispose()
    return 0


def _verify(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.verify import faults  # only this command needs it
    from app.upkeep import proved

    with opened(settings) as db:
        verdict = proved(db)
    if verdict.fault is None:
        print(f"ok: {verdict.entries} entries, head {verdict.head}")
        return 0
    for line in faults(verdict):
        print(f"hainan: {line}", file=sys.stderr)
    return 1


def _doctor(args: argparse.Namespace, settings: Settings) -> int:
    from app.doctor import examined  # only this command needs it

    found = examined(settings, utc_now)
    for name, value in found.facts:
        print(f"{name}: {value}")
    for fault in found.faults:
        print(f"hainan: {fault}", file=sys.stderr)
    return 1 if found.faults else 0


def _routes(args: argparse.Namespace, settings: Settings) -> int:
    import msgspec

    from app.asgi import all_handlers, routed  # the framework is for this command and for serving only
    from app.web.route_table import in_columns, route_table

    table = route_table(all_handlers(routed()))
    print(msgspec.json.encode(table).decode() if args.json else in_columns(table))
    return 0


def _serve(args: argparse.Namespace, settings: Settings) -> int:
    from app.serving import serve  # the server is for this command only

    return serve(settings, host=args.host, port=args.port, workers=args.workers, empty=args.empty)
