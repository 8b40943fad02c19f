"""Bringing a database to the form this program needs, in one transaction, with the ledger's triggers checked afterwards."""

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db.engines import Backend, foreign_keys_off, missing_ledger_triggers
from app.errors import SettingsError
from app.resources import resource


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
            backend.lock_ledger(connection)  # several servers may start together
            going_up = revision in ("head", *_revisions())
            config = migration_config(connection)
            command.upgrade(config, revision) if going_up and not _is_below(connection, revision) else command.downgrade(config, revision)
            current = MigrationContext.configure(connection).get_current_revision()
            if current and (missing := missing_ledger_triggers(connection)):
                raise SettingsError(f"the migration lost the trigger {missing[0]}")
    return current or "base"


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
        raise SettingsError("the database was written by a newer version of this program")


def needs_migration(connection: Any) -> bool:
    """Whether the database is not at the newest revision."""
    return MigrationContext.configure(connection).get_current_revision() != _revisions()[0]
