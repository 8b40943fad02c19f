"""The commands that move a whole database: `backup`, `restore`, `copy`. How far they have come is shown in a terminal only."""

import argparse
from pathlib import Path
from typing import Any

from app.cli_parts import opened
from app.cli_progress import watched
from app.errors import SettingsError
from app.settings import Settings, database_address


def add_moving(commands: Any) -> None:
    """Add `backup`, `restore` and `copy` to the commands."""
    backup = commands.add_parser("backup", help="write a backup into a file, also while the database is being served")
    backup.add_argument("file", metavar="FILE", type=Path, help="a new file; a backup is a database file, whatever the engine")
    backup.add_argument("--replace", action="store_true", help="put it in the place of a file that is there")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="prove a backup and put it in the place of a database that nobody serves")
    restore.add_argument("file", metavar="FILE", type=Path, help="a backup")
    restore.add_argument("--replace", action="store_true", help="put it in the place of a database file that is there")
    restore.set_defaults(run=_restore)
    copy = commands.add_parser("copy", help="copy the database with its whole ledger into an empty one of either engine, and prove it")
    copy.add_argument("--to", metavar="URL", required=True, help="the address of an empty database of either engine")
    copy.set_defaults(run=_copy)


def _backup(args: argparse.Namespace, settings: Settings) -> int:
    from app.moving import backed_up  # what it needs is for few commands

    with opened(settings) as db, watched() as shown:
        found = backed_up(db, args.file, replace=args.replace, shown=shown)
    print(f"backed up: {found.entries} entries, head {found.head}")
    return 0


def _restore(args: argparse.Namespace, settings: Settings) -> int:
    from app.moving import restored  # what it needs is for few commands

    with watched() as shown:
        found = restored(settings.database_url, settings.migration_database_url, args.file, replace=args.replace, shown=shown)
    print(f"restored: {found.entries} entries, head {found.head}")
    return 0


def _copy(args: argparse.Namespace, settings: Settings) -> int:
    from app.moving import copied  # what it needs is for few commands

    target = database_address("--to", args.to)
    if target == settings.database_url:
        raise SettingsError("--to names the database itself")
    with opened(settings) as db, watched() as shown:
        found = copied(db, target, shown=shown)
    print(f"copied: {found.entries} entries, head {found.head}")
    return 0
