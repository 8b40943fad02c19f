"""Every line of the worked example in the README is run, against the service it tells the reader to start."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import _parser
from app.settings import PREFIX, Settings
from tests.test_cli import answers, free_port

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The service in an empty folder, with the command where the README has it."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = tmp_path / ".venv" / "bin" / "hainan"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m app "$@"\n')
    command.chmod(0o755)
    number = free_port()
    process = subprocess.Popen([command, "serve", "--port", str(number)], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        answers(number, "/healthz")
        yield number
    finally:
        process.terminate()
        process.wait(20)


def test_the_worked_example_works(port: int, tmp_path: Path) -> None:
    marked = "\n".join(f"{block}\necho; echo =====" for block in BLOCKS)
    marked = marked.replace('rm -r "$FILES"', 'head -c 5 "$FILES/report.pdf"; rm -r "$FILES"')
    script = "set -e\n" + marked.replace("localhost:8000", f"localhost:{port}")
    there, scratch = set(tmp_path.iterdir()), tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "HAINAN_LANG": "en", "TMPDIR": str(scratch)}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, text=True, capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    told = done.stdout.split("=====\n")
    assert (told[0].strip(), told[14].strip()) == ("", "%PDF-")
    read, made, published, linked, seen, drafted, reviewed, wrong, proved, first, signed_in, files, reported = told[1:14]
    assert '"ref":"HI-O7b"' in read
    assert '{"text":"长期可持续性","hit":true}' in read
    assert made.strip() == "added editor Wang Fang"
    assert '"ref":"HI-O7b.1"' in published
    assert '"published_no":1' in published
    assert '"commitments":[{"ref":"HI-O7b","contribution":"implements"' in linked
    assert '"cells":[{"action":"A1","contribution":"implements"}]' in seen
    assert '"status":"not_assessed"' in seen
    assert "status_update:publish" in seen
    assert drafted.count('"ref":"HI-O6.1"') == 2
    assert '"state":"published"' in reviewed
    assert '"updates":2' in reviewed
    assert wrong.count('"code"') == 2
    assert "须为1至200的整数。" in wrong
    assert "ok: 125 entries" in proved
    assert "backed up: 125 entries" in proved
    assert '"action":"link:set"' in proved
    assert '"name":"Li Na","role":"admin"' in first
    assert '"signed_in_until":' in signed_in
    assert '"code":"hnc_' in signed_in
    assert '"kind":"signed_in"' in signed_in
    assert files.startswith("added 0, changed 0, left 121\n")
    assert '"changed":1' in files
    assert '"field":"label","where":' in files
    assert '"accepted":true' in files
    assert "ok: both say the same" in reported
    assert list(scratch.iterdir()) == []
    assert set(tmp_path.iterdir()) - {scratch} == there


def test_the_table_of_settings_is_complete_and_true() -> None:
    rows = dict(re.findall(r"^\| `HAINAN_(\w+)` \| (.*?) \|", README, flags=re.MULTILINE))
    assert {PREFIX + name for name in rows} == {PREFIX + field.upper() for field in Settings.__struct_fields__}
    defaults = Settings()
    told = {
        "database_url": defaults.database_url,
        "hosts": ",".join(defaults.hosts),
        "memory_mb": "32",
        "kept_files_mb": "512",
        "readers": "6",
        "review_months": "12",
    }
    assert {name: rows[name.upper()].strip("`") for name in told} == told
    assert (defaults.memory_mb, defaults.kept_files_mb, defaults.readers, defaults.review_months) == (32, 512, 6, 12)


def test_every_command_is_in_the_readme() -> None:
    commands = next(action for action in _parser()._actions if action.dest == "command" or action.choices)
    assert [name for name in commands.choices or () if f"`hainan {name} " not in README and f"`hainan {name}`" not in README] == []


def test_the_files_it_names_exist() -> None:
    for name in (
        "ARCHITECTURE.md",
        "benchmarks/README.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "data/vocabularies.yaml",
        "LICENSE",
        "Dockerfile",
    ):
        assert (ROOT / name).exists(), name
