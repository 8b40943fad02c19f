"""What the commands share: a parser that says in one line what is wrong, and the opened database."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

from app.db import Database
from app.db.engines import open_backend
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
def progress(label: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """A bar with rate and time left on standard error, where that is a terminal; yields what counts it on."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console  # the bar is for a person who waits only
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True, refresh_per_second=4) as bars:
        task = bars.add_task(label, total=total, rate="")

        def step(size: int) -> None:
            bars.advance(task, size)
            bars.update(task, rate=f"{bars.tasks[0].speed or 0:,.0f} {unit}/s")

        yield step


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
