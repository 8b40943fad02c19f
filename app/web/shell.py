"""The outermost layer: limits, host, request id, security headers on every answer, and the last catch of every fault."""

import asyncio
import re
import secrets
import time
from typing import Any

from app.errors import AddressTooLong, BadRequest, Broken, HeadersTooLarge, Problem, TimedOut, TooLarge
from app.i18n import Lang
from app.web.access_log import log_fault, log_request, wanted
from app.web.methods import Methods
from app.web.origin import REQUEST_ID
from app.web.refusals import refused
from app.web.sent_files import MAX_FIELD, MAX_FILE

MAX_BODY = 2**20
MAX_UPLOAD = MAX_FILE
_UPLOADS = {"/api/v1/imports": MAX_UPLOAD} | {f"/{lang}/imports": MAX_UPLOAD + MAX_FIELD for lang in Lang}
"""Where files are sent to, and how many bytes a body may have there."""
MAX_HEADERS = 16 * 2**10
MAX_ADDRESS = 8 * 2**10
BODY_SECONDS = 30
FAULT = "hainan.fault"
_PORT = re.compile(r":[0-9]{1,5}\Z")
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
_ALWAYS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"server", b"hainan"),
]
_API = [
    *_ALWAYS,
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Location, X-Request-Id"),
]
_OTHER = [*_ALWAYS, (b"cross-origin-resource-policy", b"same-origin")]
_SECURE = [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
_PERSONAL = (b"cache-control", b"private, no-store")


class Shell:
    """Wraps the whole application; nothing is answered outside it."""

    def __init__(self, app: Any, hosts: tuple[str, ...], methods: Methods, *, secure: bool = False) -> None:
        self.app, self.hosts, self.methods = app, frozenset(hosts), methods
        self.more = _SECURE if secure else []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return None
        request_id = secrets.token_hex(8)
        outgoing = _Outgoing(send, scope, request_id, self.more)
        inner, body, began = _as_get(scope) | {REQUEST_ID: request_id}, b"", time.perf_counter()
        try:
            headers = _checked(scope, self.hosts)
            body = await _body(scope["method"], headers, receive, _most(scope, headers))
            if scope["method"] == "OPTIONS" and (allowed := self.methods.allowed(scope["path"])):
                return await outgoing.empty(allowed)
            await self.app(inner, _replayed(body, receive), outgoing.send)
            if fault := inner.get(FAULT):
                log_fault(scope, inner, request_id, fault, body)
        except Problem as problem:
            await outgoing.refuse(problem)
        except Exception as fault:  # the last catch: every fault is logged, and no caller is left without an answer
            log_fault(scope, inner, request_id, fault, body)
            await outgoing.refuse(Broken())
        finally:
            if wanted():
                log_request(scope, inner, request_id, status=outgoing.status, size=outgoing.size, began=began)


class _Outgoing:
    """Adds what every answer carries; sends a HEAD answer without its body."""

    def __init__(self, send: Any, scope: Any, request_id: str, more: list[tuple[bytes, bytes]]) -> None:
        self._send, self._scope = send, scope
        self.status: int | None = None
        self.size = 0
        self._readable = scope["path"].startswith("/api/") and scope["method"] in ("GET", "HEAD")
        self._extra = [*more, (b"x-request-id", request_id.encode())]

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = any(name == b"content-security-policy" for name, _ in message["headers"])
            shared = self._readable and _PERSONAL not in message["headers"]  # what is about people is for our own pages only
            message = {**message, "headers": [*message["headers"], *_without_policy(_API if shared else _OTHER, own), *self._extra]}
        elif self._scope["method"] == "HEAD":
            message = {**message, "body": b""}
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)

    async def empty(self, allowed: str) -> None:
        """The answer to OPTIONS."""
        await self.send({"type": "http.response.start", "status": 204, "headers": [(b"allow", allowed.encode())]})
        await self.send({"type": "http.response.body", "body": b""})

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer is already on its way."""
        if self.status is not None:
            return
        status, headers, body = refused(problem, self._scope)
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send(
            {"type": "http.response.start", "status": status, "headers": [*fields, (b"content-length", str(len(body)).encode())]}
        )
        await self.send({"type": "http.response.body", "body": body})


def _without_policy(headers: list[tuple[bytes, bytes]], own: bool) -> list[tuple[bytes, bytes]]:
    """The headers of every answer; a page that brings its own, stricter policy keeps it."""
    return headers[1:] if own else headers


def _checked(scope: Any, hosts: frozenset[str]) -> dict[bytes, bytes]:
    """The headers of a request that keeps the limits and names a host of ours. Raises the problem otherwise."""
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS:
        raise AddressTooLong("address_limit", limit=MAX_ADDRESS)
    if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > MAX_HEADERS:
        raise HeadersTooLarge("header_limit", limit=MAX_HEADERS)
    named = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1 or _PORT.sub("", named[0]) not in hosts:
        raise BadRequest("bad_host")
    return dict(scope["headers"])


def _most(scope: Any, headers: dict[bytes, bytes]) -> int:
    """How many bytes a body may have: more for whoever shows credentials and sends a file."""
    most = _UPLOADS.get(scope["path"].rstrip("/"), MAX_BODY) if scope["method"] == "POST" else MAX_BODY
    return most if b"authorization" in headers or b"cookie" in headers else MAX_BODY


async def _body(method: str, headers: dict[bytes, bytes], receive: Any, most: int) -> bytes:
    """The whole body, within its limit and in time."""
    if method in ("GET", "HEAD") and b"content-length" not in headers and b"transfer-encoding" not in headers:
        return b""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared[:12]) > most:
        raise TooLarge("body_limit", limit=most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _received(receive, most)
    except TimeoutError as error:
        raise TimedOut from error


async def _received(receive: Any, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise TooLarge("body_limit", limit=most)
        if not message.get("more_body"):
            return b"".join(chunks)


def _replayed(body: bytes, waiting: Any) -> Any:
    """The body that was read, and after it whatever the server has to say, which is that the client is gone."""
    sent = False

    async def again() -> Any:
        nonlocal sent
        if sent:
            return await waiting()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _as_get(scope: Any) -> Any:
    """The scope for what is inside; HEAD is answered by what answers GET."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else dict(scope)
