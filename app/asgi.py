"""Wiring: the one place where settings, database, handlers and layers meet. Nothing happens on import."""

import asyncio
import contextlib
import functools
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody
from sqlalchemy.exc import DBAPIError

from app import __version__, logs
from app.collector import collect_seldom, leave_alone
from app.db import Clock, Database, utc_now
from app.db.backends import open_backend
from app.errors import BadRequest, Broken, NotAllowed, NotFound, Problem
from app.i18n import Lang
from app.register import REGISTER
from app.resources import resource
from app.settings import Settings, load_settings
from app.web.api import (
    about,
    account,
    actions,
    commitments,
    documents,
    events,
    exports,
    imports,
    ledger,
    people,
    progress,
    references,
    reports,
    search,
    statuses,
)
from app.web.assets import STATIC
from app.web.call import Call
from app.web.describe import KEY
from app.web.files import KeptFiles
from app.web.memory import RevisionMemory
from app.web.methods import Methods
from app.web.openapi import described
from app.web.pages import PAGES, doors
from app.web.refusals import refused
from app.web.rendering import TEMPLATES
from app.web.reporters import Reporters
from app.web.shell import FAULT, Shell
from app.web.stamps import Stamps
from app.web.visit import LabelsKept, Visit
from app.web.writers import Writers

_PARENT_SECONDS = 0.5
HTTP_FAULT = 500
_RESOURCES = (
    commitments.Commitments, statuses.CommitmentStatuses, statuses.StatusUpdates, actions.Actions,
    documents.Documents, events.Events, progress.Progress, search.Search, *reports.HANDLERS, references.Organizations, references.Lists,
    ledger.Changes, exports.Exports, imports.Imports,
    account.Sessions, account.Account, account.Tokens, people.Users, people.SecurityEvents,
)  # fmt: skip


def create_app(settings: Settings, *, clock: Clock = utc_now) -> Any:
    """The whole service as one ASGI application, on the database of the settings, which must be migrated."""
    db = Database(open_backend(settings.database_url, readers=settings.readers), REGISTER, clock)
    wired = {"db": db, "settings": settings, "methods": _methods(), "description": _description, "build": build_name()}
    inner = Litestar(
        openapi_config=None,
        logging_config=None,
        debug=False,
        lifespan=[_closing(db), _threads(db, settings)],
        state=State({**wired, "running": set(), "labels": LabelsKept()}),
    )
    inner.routes, inner.asgi_handler = routed().routes, routed().asgi_handler  # for its own, which are none
    memory = RevisionMemory(inner, db, megabytes=settings.memory_mb, build=f"{build_name()} {settings.review_months}")
    shell = Shell(memory, settings.all_hosts, _methods(), secure=settings.is_secure)
    shell.db, shell.inner = db, inner  # type: ignore[attr-defined]  # for tests and for whoever embeds the service
    return shell


@functools.cache
def routed() -> Litestar:
    """The framework's application with every route, without any wiring: it can be looked at, but not served.

    It takes half a second to build and is the same for every service of a process: what belongs to one is in its own `app.state`.
    """
    api = Router("/api/v1", route_handlers=_RESOURCES)
    pages = [Router(f"/{lang}", route_handlers=PAGES, dependencies={"call": Provide(_visit)}) for lang in Lang]
    return Litestar(
        route_handlers=[api, *pages, doors.Root, about.About, about.ProblemKinds, about.Health],
        dependencies={"call": Provide(_call)},
        exception_handlers={Problem: _problem, HTTPException: _framework_problem, Exception: _fault},
        openapi_config=None,
        request_max_body_size=None,  # the shell limits bodies, before anything reads them
        logging_config=None,
        debug=False,
    )


@functools.cache
def _methods() -> Methods:
    return Methods((route.path, route.methods) for route in routed().routes)


@functools.cache
def _description() -> bytes:
    """The API description as it is sent; made when somebody asks."""
    return msgspec.json.encode(described(api_handlers(routed())))


def served() -> Any:
    """What a server process loads: the application for the settings in the environment."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True, name="parent").start()
    collect_seldom()
    app = create_app(load_settings(os.environ))
    leave_alone()
    return app


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: it holds the lock of the database and would leave it unguarded."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os._exit(1)  # nothing acknowledged is unwritten, and nobody is left to stop the server in order


async def _call(request: Request[Any, Any, Any], body: RawBody) -> Call:
    return Call(request, body)


async def _visit(request: Request[Any, Any, Any], body: RawBody) -> Visit:
    return Visit(request, body)


def api_handlers(app: Litestar) -> list[tuple[str, HTTPRouteHandler]]:
    """Every described handler with its path."""
    return [(path, handler) for path, handler in all_handlers(app) if KEY in handler.opt]


def all_handlers(app: Litestar) -> list[tuple[str, HTTPRouteHandler]]:
    """Every handler with its path, those of the framework that answer OPTIONS left out."""
    return [
        (route.path, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and handler.http_methods != {"OPTIONS"}
    ]


def build_name() -> str:
    """Names the code, vocabularies, catalogues and templates that answers are made from."""
    digest = hashlib.sha256(__version__.encode())
    catalogues = [resource("locales") / lang / "LC_MESSAGES" / "messages.po" for lang in Lang]
    for path in (resource("data") / "vocabularies.yaml", *catalogues, *sorted(TEMPLATES.iterdir()), *sorted(STATIC.iterdir())):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _problem(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    if problem.status >= HTTP_FAULT:
        request.scope[FAULT] = problem  # type: ignore[literal-required]  # a key of ours: the shell logs it with its cause
    status, headers, body = refused(problem, request.scope)
    media_type = headers.pop("content-type").partition(";")[0]  # the framework adds the charset
    return Response(body, status_code=status, headers=headers, media_type=media_type)


_FRAMEWORK: dict[int, type[Problem]] = {404: NotFound, 405: NotAllowed, 400: BadRequest}


def _framework_problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the router refuses, said as everything else is."""
    problem = _FRAMEWORK.get(error.status_code, Broken)()
    if isinstance(problem, NotAllowed):
        problem.headers["Allow"] = request.app.state.methods.allowed(request.scope["path"])
    return _problem(request, problem)


def _fault(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """What nobody foresaw: the shell logs it with the id of the request; the caller learns no more than that."""
    broken = Broken()
    broken.__cause__ = fault
    return _problem(request, broken)


def _threads(db: Database, settings: Settings) -> Callable[[Litestar], Any]:
    """Handlers run in as many threads as there are connections for reading; what writes to SQLite in one of its own; what compares
    passwords, and what makes reports, in two each.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        with (
            ThreadPoolExecutor(settings.readers, thread_name_prefix="request") as executor,
            ThreadPoolExecutor(1, thread_name_prefix="stamp") as stamper,
            ThreadPoolExecutor(2, thread_name_prefix="password") as hashers,
            closing(KeptFiles(settings.kept_files_mb * 2**20)) as kept,
            ThreadPoolExecutor(1, thread_name_prefix="export") as exporter,
            ThreadPoolExecutor(1, thread_name_prefix="import") as importer,
            Reporters() as reporters,
            ExitStack() as stack,
        ):
            asyncio.get_running_loop().set_default_executor(executor)
            app.state.writers = stack.enter_context(closing(Writers(db))) if db.backend.serves_alone else None
            app.state.hashers, app.state.exporter, app.state.importer = hashers, exporter, importer
            app.state.kept, app.state.reporters, app.state.stamps = kept, reporters, Stamps(db, stamper)
            yield

    return lifespan


def _closing(db: Database) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        yield
        with contextlib.suppress(Problem, DBAPIError):  # the next start finds everything in the log of the database as well
            db.backend.checkpoint()
        db.close()
        logs.flush()

    return lifespan
