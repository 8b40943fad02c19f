"""Database files as a whole: copied while they are in use, and put in the place of another."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from app.db import locks
from app.errors import SettingsError

WAIT_SECONDS = 5.0
Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all."""
_MAGIC = b"SQLite format 3\0"
_PAGES = 2000
_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file."""
_FAMILY = ("", *_BESIDE, ".write.lock", ".serve.lock")


def snapshot(source: Path, target: Path) -> None:
    """Write one state of a database file, without its free space, into a new file, while others read and write."""
    with said(), closing(_opened(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def is_database_file(path: Path) -> bool:
    """Whether it begins like one; a pipe, which can be read once only, is none."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def is_blank(path: Path) -> bool:
    """Whether a file is there with nothing in it: no more than a name for a database."""
    return path.is_file() and path.stat().st_size == 0


def overwrite(source: Path, target: Path, progress: Progress) -> None:
    """Give a database file the content of another, in one transaction: whoever reads it meanwhile sees all of the old or all of the new."""
    with said(), closing(_opened(source)) as old, closing(sqlite3.connect(target)) as new:
        new.execute("PRAGMA synchronous=FULL")
        old.backup(new, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def empty_tables(path: Path, names: list[str]) -> None:
    """Forget everything in some tables, so that no trace of it stays in the file."""
    with said(), closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA secure_delete=ON")
        for name in names:
            connection.execute(f"DELETE FROM {name}")  # noqa: S608  # a name of ours


def fault(path: Path) -> str | None:
    """What is broken in a file, as one line."""
    with said(), closing(_opened(path)) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    return None if found == "ok" else f"{path} is damaged: {found}"


def last_entry(path: Path) -> tuple[int, str]:
    """Number and hash of the last entry of the ledger in a file; 0 and nothing where it is empty."""
    with said(), closing(_opened(path)) as connection:
        row = connection.execute("SELECT seq, hash FROM change ORDER BY seq DESC LIMIT 1").fetchone()
    return row or (0, "")


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """A new file beside the target, readable by nobody else, which goes with the block.

    What a killed run leaves stays, and ends in .part: whose it is, and whether somebody needs it, cannot be told from a name.
    """
    with said():
        descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
        os.close(descriptor)
    part = Path(name)
    try:
        yield part
    finally:
        remove(part)


@contextmanager
def folder_of(path: Path) -> Iterator[None]:
    """Make the folder of a file where there is none; where the block fails, it goes again."""
    made = [folder for folder in path.parents if not folder.exists()]
    with said():
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in made:
            with suppress(OSError):  # somebody else has found it useful meanwhile
                folder.rmdir()
        raise


def remove(path: Path) -> None:
    """Remove a database file that nobody uses, and what SQLite keeps beside it."""
    for suffix in _FAMILY:
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def refuse_taken(path: Path) -> None:
    """Raise SettingsError where somebody would miss something if a database file were put here."""
    for there in (path, *left_beside(path)):
        if os.path.lexists(there):
            raise SettingsError(f"{there} exists; --replace puts the backup in its place")


def refuse_no_file(path: Path) -> None:
    """Raise SettingsError for a folder, and for whatever else is neither a file nor a place for one."""
    if path.exists() and not path.is_file():
        raise SettingsError(f"{path} is not a file")


def place(path: Path) -> Path:
    """Where a file really is that is named by a link."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def belongs(path: Path, database: Path) -> bool:
    """Whether writing a database file here would touch another one, or what is kept beside it; by whatever links."""
    ours, theirs = ({Path(f"{os.path.realpath(one)}{suffix}") for suffix in _FAMILY} for one in (path, database))
    return bool(ours & theirs) or any(path.exists() and one.exists() and path.samefile(one) for one in theirs)


@contextmanager
def unserved(path: Path, served: str) -> Iterator[None]:
    """Nobody begins to serve a database during the block. Raises SettingsError, which says `served`, where somebody does already."""
    with locks.held(locks.lock_of(path, "serve"), 0, passing=True) as alone:
        if not alone:
            raise SettingsError(served)
        yield


def left_beside(path: Path) -> list[Path]:
    """What SQLite, or a process that was killed, left beside a file."""
    return [one for suffix in _BESIDE if os.path.lexists(one := Path(f"{path}{suffix}"))]


def settle(part: Path, target: Path) -> None:
    """Give a finished file its name, on the disk when this returns."""
    with said():
        _to_disk(part)
        _clear_beside(target)
        part.replace(target)
        _to_disk(target.parent)


def _clear_beside(target: Path) -> None:
    """Bring a file that is about to be replaced into one piece: at no moment may a log of the old file lie beside the new one,
    or the old one be without its log.
    """
    if not left_beside(target):
        return
    if is_database_file(target):
        _gather(target)
    for path in left_beside(target):
        path.unlink()
    _to_disk(target.parent)


def _gather(path: Path) -> None:
    """Bring what lies beside a file into it, where it can be read at all. Raises SettingsError where somebody has it open."""
    try:
        with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # undoes what was broken off
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise SettingsError(f"another process has {path} open") from error


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> sqlite3.Connection:
    """A connection that cannot change the file; where no log lies beside it, nobody else does either."""
    name = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    alone = "&immutable=1" * (not Path(f"{path}-wal").exists())
    return sqlite3.connect(f"file:{name}?mode=ro{alone}", uri=True)


@contextmanager
def said() -> Iterator[None]:
    """Say in one line what SQLite could not do with a file."""
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeEncodeError) as error:
        raise SettingsError(f"the database file cannot be written or read: {error}") from error
