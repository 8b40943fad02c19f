"""The mirror in `docs/` follows the public feed of a running service, goes on where it stopped, and finds what does not fit."""

import re
import subprocess
import sys
from pathlib import Path

from app.db import Database
from app.db.backends import open_backend
from app.register import REGISTER
from tests.engines import SQLiteTemplate
from tests.serving import ROOT, Served, served


def mirror(server: Served, file: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(ROOT / "docs" / "mirror.py"), server.address, str(file)]
    return subprocess.run(words, text=True, capture_output=True, check=False)


def head(url: str) -> str:
    db = Database(open_backend(url, readers=1), REGISTER)
    found = db.head()
    db.close()
    return f"{found.seq} entries, head {found.hash}\n"


def test_a_mirror_follows_the_ledger_and_verifies_every_hash(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    url, file = sqlite_template.copy(tmp_path, seed=True), tmp_path / "mirror.ndjson"
    with served(url, tmp_path) as server, server.client() as client:
        assert mirror(server, file).stdout == head(url)
        whole = file.read_bytes()
        for number in range(3):  # what a focal point proposes is in the feed without its body
            made = client.post(
                "/actions", json={"title": {"zh": f"“行动”{number}\n", "en": None}, "status": "proposed" if number else "planned"}
            )
            assert made.status_code == 201, made.text
        file.write_bytes(whole + b'{"seq": 118, "cut')
        assert mirror(server, file).stdout == head(url)
        assert file.read_bytes().startswith(whole)
        assert file.read_bytes().count(b'"body":null') == 2
        good = file.read_bytes()
        for bad in (
            good.replace("月".encode(), "日".encode(), 1),
            re.sub(rb'"actor":"[^"]*"', b'"actor":"x"', good, count=1),
            good.split(b"\n", 1)[1],
        ):
            file.write_bytes(bad)
            done = mirror(server, file)
            assert done.returncode == 1
            assert re.fullmatch(r"entry \d+ does not fit: the ledger or the mirror was changed\n", done.stderr)
        file.write_bytes(good)
    gone = mirror(server, file)
    assert (gone.returncode, gone.stderr.splitlines()[0][:18]) == (1, "cannot go on now: ")
    assert file.read_bytes() == good


def test_a_mirror_that_is_not_told_what_to_mirror_says_how_it_is_used() -> None:
    for words in ((), ("http://127.0.0.1",), ("http://127.0.0.1", "a", "b")):
        done = subprocess.run([sys.executable, str(ROOT / "docs" / "mirror.py"), *words], text=True, capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "usage: python mirror.py URL FILE\n")
