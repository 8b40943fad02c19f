"""Every route with what it needs, and every command with the roles that may run it: read from the handlers and commands themselves."""

from collections.abc import Iterable, Sequence

import msgspec
from litestar.handlers import HTTPRouteHandler

from app.actors import Role, Scope
from app.domain.commands import COMMANDS, Asks, Right, right_of
from app.web.describe import operation_of


class Route(msgspec.Struct, frozen=True):
    """`command` names the entries in the ledger; null where nothing is changed. `role` and `scope` are the least that is needed, null
    where nobody is asked who he is; a sign-in has the scope admin.
    """

    method: str
    path: str
    command: str | None = None
    role: str | None = None
    scope: str | None = None


class CommandRow(msgspec.Struct, frozen=True):
    """A command, and the roles whose people may run it with a scope that is as high."""

    command: str
    scope: str | None
    roles: list[str]


class RouteTable(msgspec.Struct, frozen=True):
    routes: list[Route]
    commands: list[CommandRow]


def route_table(handlers: Iterable[tuple[str, HTTPRouteHandler]]) -> RouteTable:
    """The table for (path, handler) pairs; commands of the command line are in its second part only."""
    routes = [_route(method, path, handler) for path, handler in handlers for method in handler.http_methods]
    return RouteTable(sorted(routes, key=lambda one: (one.path, one.method)), [_row(*one) for one in sorted(COMMANDS.items())])


def _route(method: str, path: str, handler: HTTPRouteHandler) -> Route:
    address = path.replace(":str}", "}").rstrip("/") or "/"
    about = operation_of(handler.opt)
    asked = about.command or about.view
    if asked is None:
        return Route(str(method), address)
    right = right_of(asked)
    return Route(str(method), address, right.action if about.command else None, *_needed(right))


def _row(command: str, right: Right) -> CommandRow:
    role, scope = _needed(right)
    return CommandRow(command, scope, [one.value for one in Role if role is None or list(Role).index(one) >= list(Role).index(role)])


def _needed(right: Right) -> tuple[Role | None, Scope | None]:
    """The least role and scope; for whatever changes one's own account only a sign-in, or a token that may do everything, will do."""
    if right.asks is Asks.NOTHING:
        return None, None
    return list(Role)[right.permission], Scope.ADMIN if right.asks is Asks.ACCOUNT else list(Scope)[right.permission]


def in_columns(table: RouteTable) -> str:
    """The table for a terminal."""
    routes = [(one.method, one.path, one.command or "", one.role or "anybody", one.scope or "") for one in table.routes]
    commands = [(one.command, one.scope or "", *("yes" if role in one.roles else "-" for role in Role)) for one in table.commands]
    return "\n\n".join((_aligned(("method", "path", "command", "role", "scope"), routes), _aligned(("command", "scope", *Role), commands)))


def _aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (names, *rows)) for column in range(len(names))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (names, *rows))
