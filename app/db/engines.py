"""The two engines, and what everybody may ask of either. What else differs between them stands in files of its own beside this one."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, Text, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.errors import SettingsError

ByteText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared and sorted by its bytes on both engines."""

TABLE_OPTIONS = {"sqlite_strict": True}


def database_file(url: str) -> str | None:
    """The file a database is in; None where a server keeps it."""
    address = make_url(url)
    return address.database if address.get_backend_name() == "sqlite" else None


def role_of(url: str) -> str | None:
    """The role a database address signs in as; None where it names none."""
    return make_url(url).username


def count_on(connection: Connection, tables: Iterable[Table]) -> None:
    """Let the database give out keys above those that were inserted with their keys; SQLite does so by itself."""
    if is_postgres(connection):
        for table in tables:
            key = func.pg_get_serial_sequence(table.name, "id")
            connection.execute(select(func.setval(key, select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery(), False)))


_PATIENT = {"statement_timeout": "0", "lock_timeout": "10min", "idle_in_transaction_session_timeout": "0", "enable_seqscan": "off"}


def be_patient(connection: Connection) -> None:
    """Let this one transaction take and wait as long as it must: what an operator does, and importing, are no requests.

    It goes by the indexes, because PostgreSQL has not counted the rows that it adds and takes the tables for empty.
    """
    if is_postgres(connection):
        for name, value in _PATIENT.items():
            connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def is_no_text(error: DBAPIError) -> bool:
    """Whether a stored value could not be read because its bytes are no text (SQLite keeps what it is given)."""
    return "Could not decode to UTF-8" in str(error.orig)


def is_interrupted(error: DBAPIError) -> bool:
    """Whether a quick read went over its budget."""
    return str(error.orig) == "interrupted"


def is_taken(error: IntegrityError) -> bool:
    """Whether a name that must be unique was taken meanwhile; any other broken constraint is a fault of ours."""
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint failed" in str(error.orig)


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Rebuild tables without cascades (SQLite); what points nowhere afterwards is an error. Call outside a transaction."""
    if is_postgres(connection):
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if broken := driver.execute("PRAGMA foreign_key_check").fetchall():
            raise SettingsError(f"the migration left {len(broken)} rows that point nowhere, first in table {broken[0][0]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
