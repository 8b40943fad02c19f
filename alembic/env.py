"""Runs migrations on the connection the program hands over; alone (`alembic check`) on HAINAN_DATABASE_URL."""

import os

from alembic import context

from app.db.backends import open_backend
from app.db.search_index import is_search_index
from app.settings import load_settings
from app.tables import METADATA


def _is_ours(thing, name, kind, reflected, compare_to) -> bool:
    """Whether a difference counts: the indexes of search are the engines' own, and no table model knows of them."""
    return not (reflected and compare_to is None and is_search_index(name))


def _run(connection) -> None:
    context.configure(
        connection=connection, target_metadata=METADATA, transactional_ddl=True, render_as_batch=True, include_object=_is_ours
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    backend = open_backend(load_settings(os.environ).database_url, readers=1)
    with backend.write_turn(), backend.writers.connect() as own, own.begin():
        _run(own)
    backend.dispose()
