"""The command line: one clear line for every error, honest exit codes, and commands that work while the service runs."""

import io
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from app.db.backends import SQLiteBackend
from tests.engines import SQLiteTemplate

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse battery staple\n"


@pytest.fixture
def home(sqlite_template: SQLiteTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder with a database that holds the Hainan Initiative."""
    monkeypatch.setenv("HAINAN_DATABASE_URL", sqlite_template.copy(tmp_path, seed=True))
    monkeypatch.setenv("HAINAN_LANG", "en")
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def run(*words: str) -> int:
    return main(list(words))


def add_user(monkeypatch: pytest.MonkeyPatch, *words: str, password: str = PASSWORD) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password))
    return run("user", "add", *words, "--password-stdin")


@pytest.mark.usefixtures("home")
def test_a_user_and_a_token_are_made_and_only_the_token_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add_user(monkeypatch, "王编辑", "--role", "editor", "--organization", "unoosa") == 0
    capsys.readouterr()
    assert run("token", "create", "--user", "王编辑", "--scope", "publish") == 0
    token = capsys.readouterr().out
    assert token.startswith("hnt_")
    assert len(token) == 48


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (["x", "--role", "editor"], "short\n", "password: A password has 15 to 256 characters."),
        (["x", "--role", "editor"], "aaaaaaaaaaaaaaaaaaaa\n", "password: This password is too easy to guess."),
        (["A Person Long Name", "--role", "editor"], "a person long name 1\n", "password: This password is too easy to guess."),
        (["x", "--role", "editor", "--organization", "nasa-x"], PASSWORD, "organization: There is no organization “nasa-x”."),
        (["x", "--role", "contributor"], PASSWORD, "organization: A focal point writes for one organization; name it."),
        (["a\u202eb", "--role", "editor"], PASSWORD, "name: The character U+202E at position 2 is not allowed."),
    ],
)
def test_a_bad_user_is_refused_in_one_line(
    words: list[str], password: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add_user(monkeypatch, *words, password=password) == 1
    assert capsys.readouterr().err == f"hainan: {said}\n"


@pytest.mark.usefixtures("home")
def test_refusals_speak_the_language_of_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HAINAN_LANG", "zh")
    assert run("token", "create", "--user", "nobody", "--scope", "read") == 1
    assert capsys.readouterr().err == "hainan: 没有用户“nobody”。\n"


@pytest.mark.usefixtures("home")
def test_names_are_taken_once_whatever_their_spelling(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert add_user(monkeypatch, "Wang", "--role", "reader") == 0
    assert add_user(monkeypatch, "ＷＡＮＧ", "--role", "reader") == 1
    assert "already a user" in capsys.readouterr().err
    assert run("token", "create", "--user", "wang", "--scope", "publish") == 1
    assert "more than the role reader allows" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_users_and_tokens_are_listed_changed_and_ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert add_user(monkeypatch, "李娜", "--role", "admin") == 0
    assert add_user(monkeypatch, "Wang", "--role", "editor", "--organization", "unoosa") == 0
    assert run("token", "create", "--user", "Wang", "--scope", "draft", "--name", "Monthly export", "--days", "30") == 0
    capsys.readouterr()
    for words, said in [
        (["token", "list", "--user", "WANG"], r"t1\tMonthly export\tdraft\tuntil \d{4}-\d\d-\d\d\tused never\n"),
        (["token", "revoke", "t1"], r"revoked t1\n"),
        (["token", "list", "--user", "Wang"], r""),
        (["user", "role", "Wang", "--role", "contributor", "--organization", "cnsa"], r"Wang: contributor, cnsa, active\n"),
        (["user", "disable", "Wang"], r"Wang: contributor, cnsa, disabled\n"),
        (["user", "list"], r"u-[0-9a-f]{16}\t李娜\tadmin\t-\tactive\nu-[0-9a-f]{16}\tWang\tcontributor\tcnsa\tdisabled\n"),
        (["user", "enable", "Wang"], r"Wang: contributor, cnsa, active\n"),
        (["user", "reset", "Wang"], r"hnc_[\w-]{43}\n"),
    ]:
        assert run(*words) == 0
        assert re.fullmatch(said, capsys.readouterr().out), words
    monkeypatch.setattr(sys, "stdin", io.StringIO("another long password nobody guesses\n"))
    assert run("user", "password", "Wang", "--password-stdin") == 0
    assert capsys.readouterr().out == "Wang has another password\n"


@pytest.mark.usefixtures("home")
def test_what_cannot_be_done_with_a_user_or_token_is_one_line_and_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_user(monkeypatch, "Li", "--role", "admin")
    capsys.readouterr()
    for words, said in [
        (["user", "disable", "nobody"], "There is no user “nobody”."),
        (["user", "disable", "Li"], "This is the last administrator; make another one first."),
        (["user", "role", "Li", "--role", "reader"], "This is the last administrator; make another one first."),
        (["token", "revoke", "t99"], "There is nothing at this address"),
        (["token", "list", "--user", "x"], "There is no user “x”."),
    ]:
        assert run(*words) == 1
        assert capsys.readouterr().err == f"hainan: {said}\n"


def test_plain_http_where_others_can_reach_it_must_be_asked_for(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.0.2.1", "tracker.example.org", "::", "1.2"):
        refused = command(tmp_path, "serve", "--host", host)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
        assert "HAINAN_PLAIN_HTTP=1" in refused.stderr


@pytest.mark.usefixtures("home")
def test_verify_says_ok_and_names_the_head(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify") == 0
    assert capsys.readouterr().out.startswith("ok: 117 entries, head ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the following arguments are required"), (["no-such"], "invalid choice"), (["serve", "--port", "0"], "1 to 65535"),
        (["serve", "--port", "８０００"], "1 to 65535"), (["serve", "--workers", "0"], "1 to 64"), (["token", "create"], "--user"),
        (["user", "add", "x", "--role", "king", "--password-stdin"], "invalid choice"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_one_line_and_exit_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(*words)
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert said in error
    assert error.count("\n") == 1


def test_settings_and_databases_that_cannot_work_are_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value, said in [
        ("HAINAN_COLOUR", "red", "HAINAN_COLOUR is not a setting"),
        ("HAINAN_DATABASE_URL", "sqlite://", "must name a file"),
        ("HAINAN_DATABASE_URL", "sqlite:///empty.db", "there is no database at empty.db"),
        ("HAINAN_DATABASE_URL", f"sqlite:///{ROOT / 'pyproject.toml'}/x/y.db", "there is no database at"),
    ]:
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert run("verify") == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("export -o - >/dev/full", 2, "standard output cannot be written: No space left on device"),
        ("report progress --format md -o - >/dev/full", 2, "standard output cannot be written: No space left on device"),
        ("verify >/dev/full", 2, "No space left on device"),
        ("--help >/dev/full", 2, "standard output cannot be written: No space left on device"),
        ("export -o - >&-", 2, "there is no standard output"),
        ("export -o - --document $'\\xff'", 2, r"this is not UTF-8: \xff"),
        ("user add zz --role reader --password-stdin < <(printf 'bad\\xffpassword long enough')", 2, "standard input is not UTF-8"),
        ("user add zz --role reader --password-stdin <&-", 2, "no standard input"),
        ("import <(printf 'hello\\n')", 1, "The line is not one JSON object"),
    ],
)
def test_what_a_shell_can_do_to_a_command_is_one_line_and_leaves_nothing(line: str, code: int, said: str, home: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    words = ["bash", "-c", f"'{sys.executable}' -m app {line}"]
    done = subprocess.run(words, cwd=home, env=environment | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    lines = [one for one in done.stderr.splitlines() if "nothing was imported" not in one]
    assert len(lines) == 1, done.stderr
    assert said in lines[0]
    with sqlite3.connect(home / "hainan.db") as database:
        assert database.execute("SELECT count(*) FROM account").fetchone() == (0,)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["token", "create", "--user", "x\udcff", "--scope", "read"], r"this is not UTF-8: x\xff"),
        (["user", "role", "x\udcff", "--role", "admin"], r"this is not UTF-8: x\xff"),
        (["backup", ".", "--replace"], "is not a file"),
        (["backup", "n2.db"], "n2.db is not a file"),
        (["backup", "n2.db", "--replace"], "n2.db is not a file"),
        (["backup", "n3.db", "--replace"], "n3.db-wal"),
        (["backup", "no/such/folder.db"], "No such file or directory"),
        (["backup", "notes.txt/x.db"], "cannot be written or read"),
        (["backup", "\udcff.db"], "cannot be written or read"),
        (["backup", "x" * 300], "File name too long"),
        (["restore", "."], ". is no backup"),
        (["restore", "pipe.csv"], "pipe.csv is no backup"),
        (["export", "-o", "pipe.csv"], "pipe.csv cannot be written: it is not a file"),
        (["report", "progress", "--format", "md", "-o", "pipe.csv"], "pipe.csv cannot be written: it is not a file"),
        (["import", "."], ". cannot be read: Is a directory"),
        (["copy", "--to", "sqlite:///"], "--to must name a file"),
        (["copy", "--to", "sqlite://"], "--to must name a file"),
        (["copy", "--to", "sqlite:x"], "--to must begin with"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(words: list[str], said: str, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("n2.db", "n3.db-wal"):
        (home / name).mkdir()
    (home / "notes.txt").touch()
    os.mkfifo(home / "pipe.csv")
    before = {path.name for path in home.iterdir()}
    assert run(*words) == 2
    error = capfd.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert {path.name for path in home.iterdir()} - before <= {"hainan.db-wal", "hainan.db-shm", "hainan.db.write.lock"}
    assert (home / "pipe.csv").is_fifo()


def test_what_can_be_read_once_only_is_imported(home: Path) -> None:
    assert run("export", "-o", "all.ndjson") == 0
    text = (home / "all.ndjson").read_text("utf-8")
    empty = {**os.environ, "PYTHONPATH": str(ROOT), "HAINAN_LANG": "en", "HAINAN_DATABASE_URL": f"sqlite:///{home}/empty.db"}
    subprocess.run([sys.executable, "-m", "app", "migrate"], env=empty, check=True, capture_output=True)
    for line, said in [
        ("cat all.ndjson | HAINAN import /dev/stdin", "added "),
        ("HAINAN import <(cat all.ndjson)", "added 0, changed 0, "),
    ]:
        words = line.replace("HAINAN", f"'{sys.executable}' -m app")
        done = subprocess.run(["bash", "-c", words], env=empty, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(said)
    assert (
        subprocess.run([sys.executable, "-m", "app", "export", "-o", "-"], env=empty, text=True, capture_output=True, check=True).stdout
        == text
    )


def test_help_is_useful(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    text = capsys.readouterr().out
    assert [word for word in ("serve", "migrate", "verify", "user", "token") if word not in text] == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bytes:
    for _ in range(600):  # two busy cores start a server in two seconds, and sometimes in twenty
        try:
            return bytes(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read())
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(path)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`hainan serve` in an empty folder."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "app", "serve", "--port", str(port)], cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    try:
        answers(port, "/healthz")
        yield process, port
    finally:
        process.kill()
        process.communicate()


def command(folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HAINAN_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "app", *words], cwd=folder, env=environment, input=given, text=True, capture_output=True, check=False
    )


def test_serve_loads_the_initiative_and_other_commands_work_meanwhile(serving: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    process, port = serving
    assert b'"total":29' in answers(port, "/api/v1/commitments?limit=1")
    assert command(tmp_path, "user", "add", "Li", "--role", "editor", "--password-stdin", given=PASSWORD).returncode == 0
    assert command(tmp_path, "token", "create", "--user", "Li", "--scope", "publish").stdout.startswith("hnt_")
    assert command(tmp_path, "verify").stdout.startswith("ok: 117 entries")
    second = command(tmp_path, "serve", "--port", str(free_port()))
    assert (second.returncode, second.stderr.count("\n")) == (2, 1)
    assert "another process serves this database" in second.stderr
    assert command(tmp_path, "migrate").returncode == 2
    (tmp_path / "other").mkdir()
    taken = command(tmp_path / "other", "serve", "--port", str(port))
    assert "cannot listen" in taken.stderr
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert re.fullmatch(r"the database is at revision \d{4}\n", command(tmp_path, "migrate").stdout)


def test_more_workers_than_one_need_postgresql(tmp_path: Path) -> None:
    refused = command(tmp_path, "serve", "--workers", "2")
    assert (refused.returncode, refused.stderr) == (2, "hainan: more than one worker needs PostgreSQL; SQLite has one serving process\n")


def test_serve_can_leave_an_empty_register_empty(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--empty", "--port", str(port)], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        assert b'"total":0' in answers(port, "/api/v1/commitments")
    finally:
        process.terminate()
        assert process.wait(15) == 0


def test_a_writer_that_waits_too_long_for_another_process_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.backends.WAIT_SECONDS", 0.2)
    first, second = SQLiteBackend(f"sqlite:///{home}/hainan.db", 1), SQLiteBackend(f"sqlite:///{home}/hainan.db", 1)
    with first.write_turn(), pytest.raises(Exception, match="write_busy"), second.write_turn():
        pass
    first.dispose()
    second.dispose()


def test_migrating_and_proving_leave_their_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HAINAN_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    assert [run(word) for word in ("migrate", "migrate", "verify")] == [0, 0, 0]
    revision = capsys.readouterr().out.split()[5]
    database = sqlite3.connect(tmp_path / "new.db")
    events = "SELECT kind, detail, actor FROM security_event ORDER BY id"
    assert database.execute(events).fetchall() == [("migrated", revision, "system:operator"), ("verified", "ok", "system:operator")]
    database.execute("INSERT INTO organization (code, kind, version) VALUES ('x', 'un', 1)")
    database.commit()
    assert run("verify") == 1
    assert database.execute(events).fetchall()[-1] == ("verified", "fault", "system:operator")
    database.close()


def test_a_new_database_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAINAN_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    assert run("migrate") == 0
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("new.db*")} == dict.fromkeys(
        (path.name for path in tmp_path.glob("new.db*")), 0o600
    )
