"""What leaves the repository: the wheel, the image, the locks, and nothing of the machine they were made on."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import httpx
import pytest

from app import __version__
from tests.conftest import NO_SKIPS
from tests.serving import NO_TLS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = ["requirements.txt", "requirements-runtime.txt", "requirements-build.txt"]
INDEX = re.compile(
    r"/simple/|--(?:extra-)?index-url|--find-links|(?:pypi|pythonhosted|npmjs|registry)[\w.-]*\.(?:org|com|io|net)\b", re.IGNORECASE
)
MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|Users|home/\w+|opt/pypi[\w-]*|tmp/\w+)/")

pytestmark = pytest.mark.packaging


class Stage:
    """One stage of the Dockerfile: its instructions as (name, rest) in order."""

    def __init__(self, base: str, instructions: list[tuple[str, str]]) -> None:
        self.base = base
        self.instructions = instructions

    def all(self, name: str) -> list[str]:
        return [rest for instruction, rest in self.instructions if instruction == name]


def stages() -> list[Stage]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))
    found: list[Stage] = []
    for line in text.splitlines():
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            found.append(Stage(rest.split()[0], []))
        elif name and not name.startswith("#"):
            found[-1].instructions.append((name, rest.strip()))
    return found


def copied() -> list[str]:
    """What the image takes from the repository."""
    copies = [rest.split() for stage in stages() for rest in stage.all("COPY") if not rest.startswith("--from=")]
    return [source for copy in copies for source in copy[:-1]]


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text("utf-8")
    return {match[1]: match[2] for match in re.finditer(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==(\S+)", text, re.MULTILINE)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in a folder that holds only what the image takes from the repository."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (made,) = target.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def hainan(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel beside the packages of the runtime lock and no others."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    (packages,) = venv.glob("lib/python*/site-packages")
    for name in pins("requirements-runtime.txt"):
        _borrow(name, packages)
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    return venv / "bin" / "hainan"


def _borrow(name: str, packages: Path) -> None:
    """Link the files of an installed package; one for another system is not installed and not missed."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return
    for top in {file.parts[0] for file in distribution.files or ()} - {".."}:
        link = packages / top
        if not link.exists():
            link.symlink_to(Path(str(distribution.locate_file(top))))


class Serving:
    """`hainan serve` in an empty folder."""

    def __init__(self, hainan: Path, folder: Path, *options: str) -> None:
        self.hainan, self.folder = hainan, folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("HAINAN_", "PYTHONPATH"))}
        self.environment["HAINAN_ACCESS_LOG"] = "0"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [hainan, "serve", "--port", str(self.port), *options],
            cwd=folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def get(self, path: str) -> httpx.Response:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, verify=NO_TLS) as client:
            return client.get(path)

    def wait(self, seconds: float = 60) -> None:
        """Wait for the first healthy answer."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.get("/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"the service did not start: {self.ended(signal.SIGKILL)}")

    def workers(self) -> list[str]:
        """Ids of the processes that the main process has started."""
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii").split()

    def ended(self, number: int, seconds: float = 10) -> tuple[int, str, str]:
        """Send a signal; the exit code and both outputs. Raises TimeoutExpired where any process of the service is left."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=seconds)
        return self.process.returncode, out, err

    def run(self, *words: str) -> tuple[int, str, str]:
        """Another command in the same folder."""
        ran = subprocess.run([self.hainan, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout, ran.stderr


@contextlib.contextmanager
def serving(hainan: Path, folder: Path, *options: str) -> Iterator[Serving]:
    service = Serving(hainan, folder, *options)
    try:
        yield service
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(service.process.pid, signal.SIGKILL)
        service.process.communicate()


def test_the_wheel_carries_all_that_the_program_reads_and_no_tests(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    carried = {f"app/_share/{folder}": ROOT / folder for folder in ("alembic", "data", "locales")} | {"app": ROOT / "app"}
    wanted = {
        f"{packed}/{path.relative_to(folder).as_posix()}"
        for packed, folder in carried.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    information = f"hainan_tracker-{PROJECT['version']}.dist-info/"
    assert {name for name in inside if not name.startswith(information)} == wanted
    assert any(name.startswith("app/_share/alembic/versions/") for name in inside)
    assert {"app/web/static/site.css", "app/web/templates/base.html"} <= set(inside)
    assert information + "licenses/LICENSE" in inside


def test_the_installed_program_serves_stops_and_proves_itself(hainan: Path, tmp_path: Path) -> None:
    with serving(hainan, tmp_path) as service:
        service.wait()
        assert service.get("/api/v1/commitments/HI-O7b").json()["ref"] == "HI-O7b"
        assert service.get("/api/docs").status_code == 200
        assert service.get("/zh").status_code == 200
        code, out, err = service.ended(signal.SIGTERM)
        assert (code, out, err.splitlines()[1:]) == (0, "", [f"serving on http://127.0.0.1:{service.port}/"])
        assert err.startswith("no administrator yet: ")
        code, out, err = service.run("verify")
        assert (code, out.split(":")[0], err) == (0, "ok", "")


NEW = [
    {"type": "document", "symbol": "A/1", "title": {"zh": "一份文件", "en": "A document"}, "adopted_on": "2024-01-02"},
    {
        "type": "commitment", "ref": "A-1", "document": "A/1", "kind": "recommendation", "tracking": "operational", "position": 1,
        "text": {"zh": "分享数据。", "en": "Share data."},
    },
]  # fmt: skip


def test_the_installed_program_takes_a_first_commitment_and_reports_on_it(hainan: Path, tmp_path: Path) -> None:
    (tmp_path / "new.ndjson").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in NEW), "utf-8")
    with serving(hainan, tmp_path, "--empty") as service:
        service.wait()
        assert service.run("import", "new.ndjson")[0] == 0
        assert service.get("/api/v1/commitments/A-1").json()["text"]["zh"] == "分享数据。"
        for form, begins in (("pdf", b"%PDF-"), ("docx", b"PK"), ("xlsx", b"PK"), ("html", b"<!doctype"), ("md", b"# "), ("json", b"{")):
            name = f"report.{form}"
            assert service.run("report", "progress", "--lang", "zh,en", "--document", "A/1", "-o", name)[::2] == (0, "")
            assert (tmp_path / name).read_bytes().lower().startswith(begins.lower())


def test_a_stop_is_obeyed_while_the_server_is_still_loading(hainan: Path, tmp_path: Path) -> None:
    with serving(hainan, tmp_path, "--empty") as service:
        while not service.workers() and service.process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.2)  # loading takes longer
        _code, out, err = service.ended(signal.SIGTERM, seconds=5)
        assert (out, err.count("\n")) == ("", 2)


def test_no_server_is_left_when_the_main_process_is_killed(hainan: Path, tmp_path: Path) -> None:
    with serving(hainan, tmp_path, "--empty") as service:
        service.wait()
        assert service.ended(signal.SIGKILL)[0] == -signal.SIGKILL


def test_program_project_and_changelog_name_the_same_version() -> None:
    assert __version__ == PROJECT["version"]
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    final = stages()[-1]
    user, _, group = final.all("USER")[-1].partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    assert len(final.all("HEALTHCHECK")) == 1
    assert "/healthz" in final.all("HEALTHCHECK")[0]
    assert final.all("VOLUME") == ['["/data"]']
    assert "sqlite:////data/" in final.all("ENV")[0]
    assert final.all("EXPOSE") == ["8000"]


def test_the_image_starts_the_console_script() -> None:
    (entry,) = stages()[-1].all("ENTRYPOINT")
    assert entry == '["hainan"]'
    assert "hainan" in PROJECT["scripts"]


def test_every_base_of_the_image_names_its_version() -> None:
    for stage in stages():
        name, _, tag = stage.base.partition(":")
        assert tag not in ("", "latest"), name


def test_the_final_stage_takes_nothing_but_what_the_builder_made() -> None:
    assert [copy for copy in stages()[-1].all("COPY") if not copy.startswith("--from=")] == []


def test_all_that_the_image_copies_is_there_and_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert set(copied()) == kept
    assert [name for name in kept if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_has_a_hash_for_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert INDEX.search(text) is None
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.startswith("#")]
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_the_image_has_the_versions_that_were_tested(lock: str) -> None:
    assert pins(lock).items() <= pins("requirements.txt").items()


def test_every_dependency_is_in_the_runtime_lock() -> None:
    named = {re.split(r"[\[<>=~; ]", wanted)[0] for wanted in PROJECT["dependencies"]}
    assert named <= pins("requirements-runtime.txt").keys()


def test_no_file_names_the_machine_it_was_made_on() -> None:
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0 and not NO_SKIPS:
        pytest.skip("this is not a checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert paths
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in paths
        if path.is_file() and path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if INDEX.search(line) or MACHINE.search(line)
    ]
    assert found == []
