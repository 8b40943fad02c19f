"""Which methods an address takes: for `Allow`, which the router cannot say where handlers share a path."""

import re
from collections.abc import Iterable

_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Methods:
    """All routes of the application with their methods."""

    def __init__(self, routes: Iterable[tuple[str, Iterable[str]]]) -> None:
        found: dict[str, set[str]] = {}
        for path, methods in routes:
            found.setdefault(path.rstrip("/") or "/", {"OPTIONS"}).update(methods)
        self._routes = [(re.compile(re.sub(r"\\{[^/]*?\\}", "[^/]+", re.escape(path))), methods) for path, methods in found.items()]

    def allowed(self, path: str) -> str:
        """The value of `Allow` for a path, empty where nothing is there; HEAD is taken wherever GET is."""
        asked = path.rstrip("/") or "/"
        methods = set().union(*(methods for pattern, methods in self._routes if pattern.fullmatch(asked)))
        return ", ".join(method for method in _ORDER if method in methods or (method == "HEAD" and "GET" in methods))
