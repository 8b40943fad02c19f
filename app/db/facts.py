"""What a database says of itself, in the words of each engine: for whoever examines it, not for whoever uses it."""

from pathlib import Path

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from app.db.backends import _POSTGRES_SETTINGS, _PRAGMAS  # one list of promises: what is asked for is what is examined
from app.db.engines import is_postgres
from app.logs import hidden

_OLDEST = {"sqlite": (3, 37), "postgresql": (15,)}
_MIGRATION_LOCK = 1295


def stated(connection: Connection) -> dict[str, tuple[str, bool]]:
    """What the engine itself says of everything our promises stand on, each with whether it keeps them."""
    version = connection.dialect.server_version_info or ()
    found = {connection.dialect.name: (".".join(map(str, version)), version >= _OLDEST[connection.dialect.name])}
    if not is_postgres(connection):
        for name, value in {**{name: value for name, (value, _) in _PRAGMAS.items()}, "journal_mode": "wal"}.items():
            said = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            found[name] = (str(said), said == value)
        return found
    wanted = {**_POSTGRES_SETTINGS, "server_encoding": ("UTF8",), "in_hot_standby": ("off",)}
    for name, values in wanted.items():
        said = connection.exec_driver_sql(f"SHOW {name}").scalar()
        found[name] = (str(said), said in values)
    return found


def damage(connection: Connection) -> list[str]:
    """What is broken in a database file, each as a line; a database server looks after its own files."""
    if is_postgres(connection):
        return []
    found = [f"the file is damaged: {row[0]}" for row in connection.exec_driver_sql("PRAGMA quick_check(1)") if row[0] != "ok"]
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    return found + ([f"{len(dangling)} rows point nowhere, first in table {dangling[0][0]}"] if dangling else [])


def mark_migration(connection: Connection) -> None:
    """Let other processes see, until the end of the transaction, that the database is being migrated."""
    if is_postgres(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def is_migrating(connection: Connection) -> bool:
    """Whether another process is migrating the database at this moment. A file is never served meanwhile."""
    if not is_postgres(connection):
        return False
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted"
    return bool(connection.execute(text(held), {"key": _MIGRATION_LOCK}).scalar())


def absent_file(url: str) -> Path | None:
    """The file that a database address names where there is none; looks only, while opening it would make one."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    file = Path(address.database)
    try:
        return None if file.exists() else file
    except OSError:  # its folder cannot be looked into
        return file


def refusal(error: DBAPIError) -> str:
    """What the database said when it could not be used at all, as one line without secrets."""
    return f"the database cannot be used: {hidden(str(error.orig)).strip().splitlines()[0]}"
