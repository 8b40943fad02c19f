"""What an operator does to a database, and the security events it leaves: migrating it and proving it."""

import contextlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import msgspec
from sqlalchemy.exc import DBAPIError

from app.actors import system_actor
from app.codes import SecurityEventKind
from app.collector import collect_seldom
from app.db import Database, ledger
from app.db.backends import Backend, open_backend
from app.db.engines import be_patient
from app.db.migrate import migrate, schema_revision
from app.db.roles import grant
from app.db.sessions import ReadSession
from app.domain.security_events import record_event
from app.domain.verify import Fault, Verdict, verify, verify_derived, verify_records
from app.errors import Problem
from app.register import REGISTER

_LARGE = 10_000
"""Entries from which starting a second process is repaid."""


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
    """The verdict on the ledger and the tables; of a large register both halves of the proof go on at the same time."""
    with db.read() as session:
        be_patient(session.asked())
        verdict = verify(session, REGISTER) if ledger.head(session.asked()).seq < _LARGE else _proved_by_two(session, db)
    note(db, SecurityEventKind.VERIFIED, "ok" if verdict.fault is None else "fault")
    return verdict


def _proved_by_two(session: ReadSession, db: Database) -> Verdict:
    """The same with a process of its own for what is derived. Each half is about the state that its own session sees."""
    url = db.backend.writers.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        derived = other.submit(_derived_fault, url)
        verdict = verify_records(session, REGISTER)
        return verdict if verdict.fault else msgspec.structs.replace(verdict, fault=derived.result())


def _derived_fault(url: str) -> Fault | None:
    collect_seldom()
    db = Database(open_backend(url, readers=1), REGISTER)
    try:
        with db.read() as session:
            be_patient(session.asked())
            return verify_derived(session, REGISTER)
    finally:
        db.close()


def note(db: Database, kind: SecurityEventKind, detail: str) -> None:
    """Keep the event; a database that cannot be written to can be proved all the same."""
    with contextlib.suppress(Problem, DBAPIError), db.write(system_actor("operator")) as session:
        record_event(session, kind, detail=detail)
