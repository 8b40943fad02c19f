"""Where the files that travel with the program are: beside `app/` in a checkout, inside the package in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The folder `alembic`, `data` or `locales`."""
    packed = _PACKAGE / "_share" / name
    return packed if packed.exists() else _PACKAGE.parent / name
