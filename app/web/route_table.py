"""Every route with what it needs, and every command with the roles that may run it: read from the handlers and commands themselves."""

from collections.abc import Iterable, Sequence

import msgspec
from litestar.handlers import HTTPRouteHandler

from app.actors import Permission, Role, Scope
from app.domain.commands import COMMANDS
from app.web.describe import operation_of


class Route(msgspec.Struct, frozen=True):
    """`command` names the entries in the ledger; null where nothing is changed. `role` and `scope` are the least that is needed."""

    method: str
    path: str
    command: str | None = None
    role: str | None = None
    scope: str | None = None


class CommandRow(msgspec.Struct, frozen=True):
    """A command, and the roles whose people may run it with a scope that is as high."""

    command: str
    scope: str
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
    command = operation_of(handler.opt).command
    if command is None:
        return Route(str(method), address)
    return Route(str(method), address, command.action, *_needed(command.permission))  # type: ignore[attr-defined]  # set by @command


def _row(command: str, permission: Permission) -> CommandRow:
    role, scope = _needed(permission)
    return CommandRow(command, scope, [one.value for one in list(Role)[list(Role).index(Role(role)) :]])


def _needed(permission: Permission) -> tuple[str, str]:
    return list(Role)[permission].value, list(Scope)[permission].value


def in_columns(table: RouteTable) -> str:
    """The table for a terminal."""
    routes = [(one.method, one.path, one.command or "", one.role or "anybody", one.scope or "") for one in table.routes]
    commands = [(one.command, one.scope, *("yes" if role in one.roles else "-" for role in Role)) for one in table.commands]
    return "\n\n".join((_aligned(("method", "path", "command", "role", "scope"), routes), _aligned(("command", "scope", *Role), commands)))


def _aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (names, *rows)) for column in range(len(names))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (names, *rows))
