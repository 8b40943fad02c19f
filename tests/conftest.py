"""Fixtures: a database of each engine made by the real migrations, and the service on it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.db.backends import open_backend
from app.register import REGISTER
from tests.engines import PostgresTemplate, SQLiteTemplate, binaries, cluster
from tests.service import Service, running

if os.environ.pop("HAINAN_TESTS_NO_SKIPS", None) == "1":  # the service would refuse a setting it does not know
    os.environ["TESTS_NO_SKIPS"] = "1"
NO_SKIPS = os.environ.get("TESTS_NO_SKIPS") == "1"
EFFORT = float(os.environ.get("TESTS_EFFORT", "1" if NO_SKIPS else "0.3"))
"""How much of what is tried at random is tried; `TESTS_EFFORT=10 make test` before a release, a third where somebody waits for it."""
BROWSER_TESTS = Path(__file__).parent / "browser"
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def tries(number: int) -> int:
    """So many tries where nothing may be skipped; more or fewer elsewhere, but one at least."""
    return max(1, round(number * EFFORT))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A real browser and several processes of tests do not go together: `make test` runs those apart."""
    shared = hasattr(config, "workerinput") or bool(config.getoption("numprocesses", default=None))
    return True if collection_path == BROWSER_TESTS and shared else None


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SQLiteTemplate:
    return SQLiteTemplate(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[PostgresTemplate]:
    programs = binaries()
    if programs is None:
        if NO_SKIPS:
            pytest.fail("PostgreSQL is not installed, and skipping is forbidden here")
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    with cluster(programs) as template:
        yield template


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def template_of(request: pytest.FixtureRequest, engine: str) -> Any:
    """What makes databases of the engine."""
    return request.getfixturevalue("sqlite_template" if engine == "sqlite" else "postgres_template")


@pytest.fixture
def template(request: pytest.FixtureRequest, engine: str) -> Any:
    return template_of(request, engine)


@pytest.fixture
def database_url(template: Any, tmp_path: Path) -> Iterator[str]:
    """A database of the engine that holds the Hainan Initiative."""
    url = template.copy(tmp_path, seed=True)
    yield url
    template.drop(url)


@pytest.fixture
def empty_url(template: Any, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the engine without any record."""
    url = template.copy(tmp_path, seed=False)
    yield url
    template.drop(url)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(open_backend(database_url, readers=4), REGISTER)
    yield database
    database.close()


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """The service on both engines."""
    with running(database_url) as running_service:
        yield running_service


@pytest.fixture
def sqlite_service(sqlite_template: SQLiteTemplate, tmp_path: Path) -> Iterator[Service]:
    """The service on SQLite, for what does not depend on the engine."""
    with running(sqlite_template.copy(tmp_path, seed=True)) as running_service:
        yield running_service
