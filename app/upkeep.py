"""What an operator does to a database, and the security events it leaves: migrating it and proving it."""

import contextlib

from sqlalchemy.exc import DBAPIError

from app.actors import system_actor
from app.codes import SecurityEventKind
from app.db import Database
from app.db.engines import Backend
from app.db.migrate import migrate, schema_revision
from app.db.roles import grant
from app.domain.security_events import record_event
from app.domain.verify import Verdict, verify
from app.errors import Problem
from app.register import REGISTER


def migrated(backend: Backend, *, service: str | None = None) -> str:
    """Bring the database to the form this version needs and return its revision. Raises SettingsError for a newer one.

    `service` is the role that will serve it, where that is another one: it gets its rights.
    """
    with backend.readers.connect() as connection:
        before = schema_revision(connection)
    current = migrate(backend)
    with backend.write_turn(), backend.writers.connect() as connection, connection.begin():
        grant(connection, service)
    if current != before:
        note(Database(backend, REGISTER), SecurityEventKind.MIGRATED, current)
    return current


def proved(db: Database) -> Verdict:
    """The verdict on the ledger and the tables."""
    with db.read() as session:
        verdict = verify(session, REGISTER)
    note(db, SecurityEventKind.VERIFIED, "ok" if verdict.fault is None else "fault")
    return verdict


def note(db: Database, kind: SecurityEventKind, detail: str) -> None:
    """Keep the event; a database that cannot be written to can be proved all the same."""
    with contextlib.suppress(Problem, DBAPIError), db.write(system_actor("operator")) as session:
        record_event(session, kind, detail=detail)
