"""Bringing a database to the form this program needs, in one transaction, with the ledger's triggers checked afterwards."""

import functools
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db.backends import Backend
from app.db.engines import be_patient, foreign_keys_off
from app.db.facts import mark_migration
from app.db.triggers import missing_ledger_triggers
from app.errors import SettingsError
from app.resources import resource

_NEWER = "the database was written by a newer version of this program"


def migration_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for the migrations that travel with the program."""
    config = Config()
    config.set_main_option("script_location", str(resource("alembic")))
    config.attributes["connection"] = connection
    return config


def migrate(backend: Backend, revision: str = "head") -> str:
    """Bring the database to a revision and return its name. Raises SettingsError for a database newer than the program."""
    with backend.write_turn(), backend.writers.connect() as connection:
        _refuse_newer(connection)
        with foreign_keys_off(connection), connection.begin():
            mark_migration(connection)
            be_patient(connection)
            backend.lock_ledger(connection)  # several servers may start together
            going_up = revision in ("head", *_revisions())
            config = migration_config(connection)
            command.upgrade(config, revision) if going_up and not _is_below(connection, revision) else command.downgrade(config, revision)
            current = MigrationContext.configure(connection).get_current_revision()
            if current and (missing := missing_ledger_triggers(connection)):
                raise SettingsError(f"the migration lost the trigger {missing[0]}")
    return current or "base"


@functools.cache
def _revisions() -> list[str]:
    return [script.revision for script in ScriptDirectory.from_config(migration_config()).walk_revisions()]


def _is_below(connection: Connection, revision: str) -> bool:
    """Whether the wanted revision is older than the present one."""
    order = _revisions()
    present = MigrationContext.configure(connection).get_current_revision()
    return revision in order and present in order and order.index(revision) > order.index(present)


def _refuse_newer(connection: Connection) -> None:
    with connection.begin():
        present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in _revisions():
        raise SettingsError(_NEWER)


def needs_migration(connection: Any) -> bool:
    """Whether the database is not at the newest revision."""
    return schema_revision(connection) != _revisions()[0]


def schema_revision(connection: Any) -> str | None:
    """The revision of the database; None for one that was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def schema_fault(connection: Any) -> str | None:
    """Why the database does not have the form this program needs; None where it has."""
    present = schema_revision(connection)
    if present == _revisions()[0]:
        return None
    return "the database is not migrated; run: hainan migrate" if present is None or present in _revisions() else _NEWER
