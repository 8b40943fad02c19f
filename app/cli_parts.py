"""What the commands share: a parser that says in one line what is wrong, the opened database, and standard output."""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

from app.db import Database
from app.db.backends import open_backend
from app.db.facts import absent_file
from app.db.migrate import schema_fault
from app.errors import SettingsError
from app.i18n import Lang
from app.register import REGISTER
from app.settings import Settings


def language(environment: Mapping[str, str]) -> Lang:
    """The language of the terminal."""
    asked = environment.get("HAINAN_LANG") or environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return Lang.ZH if asked.lower().startswith("zh") else Lang.EN


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"hainan: {message} (see {self.prog} --help)\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        finish_output()
        super().exit(status, message)


def refuse_no_text(args: argparse.Namespace) -> None:
    """Raise SettingsError for an argument that is not UTF-8. The name of a file may be anything."""
    given = [value for name, value in vars(args).items() if name != "output"]
    for text in (text for value in given for text in (value if isinstance(value, list) else [value])):
        if isinstance(text, str) and not _is_text(text):
            raise SettingsError(f"this is not UTF-8: {os.fsencode(text).decode(errors='backslashreplace')}")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_no_file(path: Path) -> None:
    """Raise SettingsError for a folder, a device or a pipe: a finished file would take its name from it."""
    if path.exists() and not path.is_file():
        raise SettingsError(f"{path} cannot be written: it is not a file")


@contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Standard output; what is written in the block has arrived when it ends. Raises SettingsError where it takes no more."""
    if sys.stdout is None:
        raise SettingsError("there is no standard output")
    try:
        yield sys.stdout.buffer
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has seen enough
        raise
    except OSError as error:
        raise SettingsError(f"standard output cannot be written: {error.strerror}") from error


def finish_output() -> None:
    """What was printed has arrived when this returns. Raises SettingsError where it cannot."""
    if sys.stdout is not None:
        with standard_output():
            pass


def end_output() -> None:
    """Let nothing be left for an output that takes no more: Python would say so at its end, in lines and an exit code of its own."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of a command that needs its present form. Raises SettingsError where there is none, or one of another form."""
    if absent := absent_file(settings.database_url):
        raise SettingsError(f"there is no database at {absent}; run: hainan migrate")
    backend = open_backend(settings.database_url, readers=1)
    db = Database(backend, REGISTER)
    try:
        with backend.readers.connect() as connection:
            if fault := schema_fault(connection):
                raise SettingsError(fault)
        yield db
    finally:
        db.close()
