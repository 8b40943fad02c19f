"""The API about itself: its description, its readable reference, its kinds of problems, and whether it is well."""

import functools
import importlib.metadata
from pathlib import Path
from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.db.condition import require_ready
from app.errors import NotFound, Problem
from app.i18n import Lang, gettext
from app.web.caching import PUBLIC
from app.web.call import Call

_STATIC = Path(__file__).parent.parent / "static"
_CARRIER = "flask-openapi3-swagger"
_FROM_CARRIER = ("swagger-ui-bundle.js", "swagger-ui.css")
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8"}
_DAY = "public, max-age=86400"


class About(Controller):
    path = "/api"
    include_in_schema = False

    @get("/openapi.json", sync_to_thread=True)
    def openapi(self, call: NamedDependency[Call]) -> Response[bytes]:
        return Response(call.description(), media_type="application/json", headers={"cache-control": PUBLIC})

    @get("/docs", sync_to_thread=True)
    def docs(self) -> Response[bytes]:
        return _file(_STATIC / "docs.html", PUBLIC)

    @get("/docs/{name:str}", sync_to_thread=True)
    def asset(self, name: FromPath[str]) -> Response[bytes]:
        if name in _FROM_CARRIER:
            return _file(_carried()[name], _DAY)
        if name in ("docs.js", "docs.css"):
            return _file(_STATIC / name, PUBLIC)
        raise NotFound


class ProblemKinds(Controller):
    path = "/problems"
    include_in_schema = False

    @get("/{slug:str}", sync_to_thread=False)
    def kind(self, slug: FromPath[str]) -> Response[bytes]:
        found = _kinds(Problem).get(slug)
        if found is None:
            raise NotFound
        title = {lang.value: gettext(lang, found.title) for lang in Lang}
        body = msgspec.json.encode({"type": f"/problems/{slug}", "status": found.status, "title": title})
        return Response(body, media_type="application/json", headers={"cache-control": PUBLIC})


class Health(Controller):
    path = "/"
    include_in_schema = False

    @get("/healthz", sync_to_thread=False)
    def healthz(self) -> Response[bytes]:
        return Response(b'{"status":"ok"}', media_type="application/json", headers={"cache-control": "no-store"})

    @get("/readyz", sync_to_thread=True)
    def readyz(self, call: NamedDependency[Call]) -> Response[bytes]:
        revision = require_ready(call.db)
        body = msgspec.json.encode({"status": "ready", "revision": revision})
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


def _kinds(kind: type[Problem]) -> dict[str, type[Problem]]:
    found = {kind.slug: kind}
    for one in kind.__subclasses__():
        found |= _kinds(one)
    return found


def _file(path: Path, caching: str) -> Response[Any]:
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers={"cache-control": caching})


@functools.cache
def _carried() -> dict[str, Path]:
    """The files of Swagger UI inside the installed carrier package, whose code is never imported."""
    files = importlib.metadata.files(_CARRIER) or []
    return {file.name: Path(str(file.locate())) for file in files if file.name in _FROM_CARRIER}
