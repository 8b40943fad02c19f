"""A real Chromium and a real server for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import NO_SKIPS
from tests.engines import SQLiteTemplate
from tests.service import running
from tests.serving import Served, served
from tests.story import happened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if NO_SKIPS:
            pytest.fail("Chromium is not installed, and skipping is forbidden here")
        pytest.skip("Chromium is not installed (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service on a database of its own, in which something has happened."""
    folder: Path = tmp_path_factory.mktemp("served")
    url = sqlite_template.copy(folder, seed=True)
    with running(url) as service:
        happened(service)
    with served(url, folder) as process:
        yield process
