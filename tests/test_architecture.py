"""The house itself: who imports whom, how long things are, and where decisions may stand."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
FILES = sorted(APP.rglob("*.py"))
LAYERS = {
    "app.asgi": 6, "app.cli": 6, "app.cli_parts": 5, "app.cli_progress": 5, "app.upkeep": 5, "app.cli_people": 6, "app.cli_moving": 6, "app.cli_records": 6, "app.cli_reports": 6,
    "app.moving": 5, "app.doctor": 6, "app.serving": 6, "app.__main__": 7,
    "app.web": 5, "app.reports": 4, "app.interchange": 4, "app.domain": 3, "app.register": 2, "app.tables": 2, "app.tables_people": 2, "app.tables_imports": 2, "app.tables_actions": 2, "app.tables_references": 2,
    "app.codes": 1, "app.names": 1, "app.db": 1, "app.actors": 1, "app.i18n": 1, "app.settings": 1, "app.errors": 1, "app.gate": 1, "app.terms": 1, "app.logs": 1, "app.strict_json": 1, "app.record_words": 1,
    "app.resources": 0, "app.formats": 0, "app": 0,
}  # fmt: skip
DOMAIN_ORDER = [
    "columns", "commands", "vocabularies", "intake", "lists", "moments", "words", "shapes", "sight", "translations", "derived", "security_events", "passwords",
    "throttle", "people", "accounts", "tokens", "sign_ins", "first_administrator", "children",
    "organizations", "frameworks", "labels", "events", "documents", "selection", "commitment_list", "facets", "commitments", "statuses", "confirmations", "review", "update_queue",
    "actions", "action_commands", "coverage", "progress", "search", "named", "dossier", "replay", "detail", "history", "entries", "verify",
]  # fmt: skip


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def imports_of(path: Path) -> set[str]:
    """The modules of the program that a file imports, at the top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer_of(module: str) -> int:
    return LAYERS[max((name for name in LAYERS if module == name or module.startswith(f"{name}.")), key=len)]


def in_app(module: str) -> bool:
    return module == "app" or module.startswith("app.")


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_module_imports_only_its_own_layer_and_those_below(path: Path) -> None:
    own = layer_of(module_of(path))
    assert [name for name in imports_of(path) if in_app(name) and layer_of(name) > own] == []


def test_the_files_of_the_domain_have_an_order_and_a_later_one_imports_earlier_ones() -> None:
    names = {path.stem for path in (APP / "domain").glob("*.py")} - {"__init__"}
    assert names == set(DOMAIN_ORDER)
    for position, name in enumerate(DOMAIN_ORDER):
        used = {module.split(".")[2] for module in imports_of(APP / "domain" / f"{name}.py") if module.startswith("app.domain.")}
        assert used & names <= set(DOMAIN_ORDER[:position]), name


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("litestar", ("app.web", "app.asgi")),
        ("babel", ("app.i18n",)),
        ("httpx", ()),
        ("granian", ("app.serving",)),
        ("alembic", ("app.db.migrate",)),
        ("argon2", ("app.domain.passwords",)),
        ("typst", ("app.formats.pdf",)),
        ("docxtpl", ("app.formats.docx",)),
        ("docx", ("app.formats.docx",)),
        ("pypdf", ("app.formats.pdf_text",)),
        ("rich", ("app.cli_progress",)),
        ("jinja2", ("app.web.rendering",)),
        ("multipart", ("app.web.sent_files",)),
        ("yaml", ("app.domain.vocabularies", "app.interchange")),
    ],
)
def test_a_library_is_imported_in_its_one_place(library: str, allowed: tuple[str, ...]) -> None:
    users = {module_of(path) for path in FILES if any(name.split(".")[0] == library for name in imports_of(path))}
    assert {user for user in users if not any(user == place or user.startswith(f"{place}.") for place in allowed)} == set()


def test_only_the_engines_name_a_dialect() -> None:
    named = {module_of(path) for path in FILES if any(word in path.read_text("utf-8") for word in ("postgresql", "PRAGMA", "sqlite3"))}
    assert named <= {
        "app.db.backends",
        "app.db.engines",
        "app.db.facts",
        "app.db.second_reader",
        "app.db.json_sql",
        "app.db.search_index",
        "app.db.database_files",
        "app.settings",
    }


def test_only_the_settings_and_the_doors_read_the_environment() -> None:
    readers = {module_of(path) for path in FILES if "os.environ" in path.read_text("utf-8").replace("`os.environ`", "")}
    assert readers <= {"app.cli", "app.cli_records", "app.asgi", "app.serving"}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    functions = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= 60] == []


def test_nine_functions_in_ten_are_under_forty_lines_and_the_median_is_about_ten() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 40


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


def test_the_folder_of_the_migrations_is_not_a_package() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
