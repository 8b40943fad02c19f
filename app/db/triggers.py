"""The triggers by which the database itself refuses every edit of the ledger, on either engine."""

from sqlalchemy import Connection, text

from app.db.engines import is_postgres

_SQLITE_TRIGGERS = {
    f"change_no_{event}": f"CREATE TRIGGER change_no_{event} BEFORE {event.upper()} ON change "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    for event in ("update", "delete")
}
_REFUSE = "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END"
_POSTGRES_FUNCTION = f"CREATE OR REPLACE FUNCTION change_refuse() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSE}$$"
_POSTGRES_TRIGGERS = {
    "change_no_edit": "BEFORE DELETE OR UPDATE ON {schema}change FOR EACH ROW EXECUTE FUNCTION change_refuse()",
    "change_no_truncate": "BEFORE TRUNCATE ON {schema}change FOR EACH STATEMENT EXECUTE FUNCTION change_refuse()",
}


def create_ledger_triggers(connection: Connection) -> None:
    """Make the database refuse every edit of the ledger; also after a migration that rebuilt its table."""
    if not is_postgres(connection):
        for statement in _SQLITE_TRIGGERS.values():
            connection.execute(text(statement))
        return
    connection.execute(text(_POSTGRES_FUNCTION))
    for name, rest in _POSTGRES_TRIGGERS.items():
        connection.execute(text(f"CREATE TRIGGER {name} {rest.format(schema='')}"))
        connection.execute(text(f"ALTER TABLE change ENABLE ALWAYS TRIGGER {name}"))


def drop_ledger_function(connection: Connection) -> None:
    """Remove what dropping the ledger's table leaves behind."""
    if is_postgres(connection):
        connection.execute(text("DROP FUNCTION change_refuse()"))


def missing_ledger_triggers(connection: Connection) -> list[str]:
    """Names of the triggers that are absent, changed or switched off."""
    if not is_postgres(connection):
        wanted, query = dict(_SQLITE_TRIGGERS), "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        wanted = {name: f"CREATE TRIGGER {name} {rest.format(schema='')}" for name, rest in _POSTGRES_TRIGGERS.items()}
        definition = "replace(pg_get_triggerdef(oid), ' public.', ' ')"
        query = f"SELECT tgname, {definition} FROM pg_trigger WHERE tgrelid = 'change'::regclass AND tgenabled = 'A'"  # noqa: S608  # ours
    found = {row[0]: row[1] for row in connection.execute(text(query))}
    if is_postgres(connection):
        wanted["change_refuse"] = _REFUSE
        found["change_refuse"] = connection.execute(text("SELECT prosrc FROM pg_proc WHERE proname = 'change_refuse'")).scalar()
    return [name for name, statement in wanted.items() if found.get(name) != statement]
