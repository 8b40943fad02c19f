"""The first administrator: a secret on the server, good once and for a day, that nobody else can read."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.first_administrator import renew_secret
from app.errors import SettingsError
from app.settings import Settings
from app.web import first_secret
from tests.browser import Browser
from tests.service import PASSWORD, Service
from tests.test_cli import ROOT, answers, free_port

GIVEN = {"name": "李娜", "password": "a password of my own choice"}


def test_whoever_has_the_secret_becomes_administrator_once(service: Service) -> None:
    browser = Browser(service)
    secret = renew_secret(service.db)
    assert browser.post("/first-administrator", {**GIVEN, "secret": "hnf_wrong"}).json()["errors"][0]["pointer"] == "/secret"
    refused = browser.post("/first-administrator", {**GIVEN, "password": "short", "secret": secret})
    assert refused.json()["errors"][0]["pointer"] == "/password"
    made = browser.post("/first-administrator", {**GIVEN, "secret": secret})
    assert (made.status_code, made.json()["role"]) == (201, "admin")
    assert browser.post("/first-administrator", {**GIVEN, "name": "x", "secret": secret}).status_code == 404
    assert browser.post("/session", {"name": "李娜", "password": GIVEN["password"]}).status_code == 201
    assert browser.get(made.headers["location"].removeprefix("/api/v1")).status_code == 200
    assert renew_secret(service.db) is None
    assert service.db.head().seq == 117


def test_the_secret_is_good_for_a_day_and_renewed_at_the_next_start(service: Service) -> None:
    browser, first = Browser(service), renew_secret(service.db)
    service.clock.forward(hours=24)
    assert browser.post("/first-administrator", {**GIVEN, "secret": first}).status_code == 422
    second = renew_secret(service.db)
    assert browser.post("/first-administrator", {**GIVEN, "secret": first}).status_code == 422
    assert browser.post("/first-administrator", {**GIVEN, "secret": second}).status_code == 201


def test_nothing_is_at_the_address_where_there_is_an_administrator(service: Service) -> None:
    secret = renew_secret(service.db)
    service.token("admin")
    for body in ({**GIVEN, "secret": secret}, {}, None):
        assert Browser(service).post("/first-administrator", body).status_code == 404


def test_the_file_is_for_its_owner_only_whatever_stood_there(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/var/hainan.db")
    beside = tmp_path / "var" / "hainan.db.first-administrator"
    target = tmp_path / "target"
    target.write_text("untouched")
    beside.parent.mkdir()
    beside.symlink_to(target)
    assert first_secret.write(settings, "hnf_secret") == beside
    assert stat.S_IMODE(beside.lstat().st_mode) == 0o600
    assert (beside.read_text(), target.read_text()) == ("hnf_secret\n", "untouched")
    first_secret.remove(settings)
    first_secret.remove(settings)
    assert not beside.exists()
    elsewhere = Settings(database_url="postgresql+psycopg://db/x", first_administrator=str(tmp_path / "set" / "here"))
    assert first_secret.write(elsewhere, "s") == tmp_path / "set" / "here"
    assert first_secret.place(Settings(database_url="postgresql+psycopg://db/x")) == Path("var/first-administrator")
    with pytest.raises(SettingsError, match="first administrator"):
        first_secret.write(Settings(first_administrator=str(target / "below-a-file")), "s")


def test_the_start_writes_it_and_prints_its_place_and_never_the_secret(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--empty", "--port", str(port)],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answers(port, "/healthz")
        file = tmp_path / "var" / "hainan.db.first-administrator"
        secret = file.read_text().strip()
        script = (
            "import json, sys, urllib.request as u\n"
            f"body = json.dumps({{'name': 'Li Na', 'password': {PASSWORD!r}, 'secret': sys.argv[1]}}).encode()\n"
            f"headers = {{'Content-Type': 'application/json', 'Origin': 'http://localhost:{port}'}}\n"
            f"print(u.urlopen(u.Request('http://localhost:{port}/api/v1/first-administrator', body, headers)).status)"
        )
        made = subprocess.run([sys.executable, "-c", script, secret], text=True, capture_output=True, check=False)
        assert (made.stdout, made.stderr) == ("201\n", "")
        assert not file.exists()
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert "var/hainan.db.first-administrator" in said
    assert secret not in said
