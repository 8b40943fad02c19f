"""Databases in memory for a moment, in which an earlier revision is rebuilt."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine
from sqlalchemy.pool import NullPool

from app.db.search_index import create_search_index


@contextmanager
def scratch_database(metadata: MetaData, searched: tuple[str, ...]) -> Iterator[Connection]:
    """An empty database with these tables, and an index for each table of terms. It is gone with the block."""
    empty = _empty(metadata, searched)
    with _engine().connect() as connection:
        _driver(connection).deserialize(empty)
        yield connection


@functools.cache
def _engine() -> Engine:
    """Every connection of this engine is a database of its own; what they are asked is compiled once for all."""
    return create_engine("sqlite://", poolclass=NullPool, connect_args={"check_same_thread": False})


@functools.cache
def _empty(metadata: MetaData, searched: tuple[str, ...]) -> bytes:
    """The empty database as bytes: making it takes longer than what is mostly done with it."""
    with _engine().connect() as connection:
        metadata.create_all(connection)
        for name in searched:
            create_search_index(connection, name)
        connection.commit()
        made: bytes = _driver(connection).serialize()
    return made


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
