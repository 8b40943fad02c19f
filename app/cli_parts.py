"""What the commands share: a parser that says in one line what is wrong, and the opened database."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

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
