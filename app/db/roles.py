"""What the role that serves may do in a database server: read and write rows, add to the ledger, and change no table."""

from sqlalchemy import Connection, text

from app.db.engines import is_postgres

_GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "REVOKE ALL ON change, alembic_version FROM {role}",
    "GRANT SELECT, INSERT ON change TO {role}",
    "GRANT SELECT ON alembic_version TO {role}",
)


def grant(connection: Connection, role: str | None) -> None:
    """Give the role that serves exactly its rights; nothing to do where it owns the tables itself, or where there are no roles."""
    if not is_postgres(connection) or role is None or role == connection.execute(text("SELECT current_user")).scalar():
        return
    quote = connection.dialect.identifier_preparer.quote_identifier
    schema = quote(connection.execute(text("SELECT current_schema()")).scalar_one())
    for statement in _GRANTS:
        connection.exec_driver_sql(statement.format(schema=schema, role=quote(role)).replace("%", "%%"))
