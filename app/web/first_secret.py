"""The file with the secret of the first administrator: readable for its owner only, gone when it was used."""

import contextlib
import os
from pathlib import Path

from app.db.engines import database_file
from app.errors import SettingsError
from app.settings import Settings

_NAME = "first-administrator"


def place(settings: Settings) -> Path:
    """Where the file is: as set, beside the database, or in `var/`."""
    if settings.first_administrator:
        return Path(settings.first_administrator)
    beside = database_file(settings.database_url)
    return Path(f"{beside}.{_NAME}") if beside else Path("var") / _NAME


def write(settings: Settings, secret: str) -> Path:
    """Write the file anew, for its owner only. Raises SettingsError where it cannot be written."""
    path = place(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secret}\n")
    except OSError as error:
        raise SettingsError(f"the secret for the first administrator cannot be written to {path}: {error.strerror}") from error
    return path


def remove(settings: Settings) -> None:
    """Remove the file; where that is not possible it holds a secret that is worth nothing any more."""
    with contextlib.suppress(OSError):
        place(settings).unlink(missing_ok=True)
