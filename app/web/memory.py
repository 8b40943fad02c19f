"""The revision memory: answers to anonymous readers, kept for as long as nothing was committed. Sits outside the framework.

It also gives lists their ETag and answers 304, hit or miss, so that conditional requests are decided in one place. What anonymous readers
see follows from the revision; what others see follows from their role and from the names of people too, which move no revision: so the
ETag of an answer to somebody with credentials is a hash of its bytes.
"""

import asyncio
import hashlib
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from app.db import Database
from app.db.ledger import Head
from app.errors import Unavailable
from app.i18n import Lang

Headers = list[tuple[bytes, bytes]]
_REMEMBERED = ("/api/v1/", *(f"/{lang}/" for lang in Lang))
"""Where answers follow from the revision: the API, and the pages in each language."""
_ENTRY_OVERHEAD = 1000
_BIGGEST = 2**20


class Answer(msgspec.Struct):
    status: int
    headers: Headers
    body: bytes
    tag: bytes


class Memory:
    """Answers by address, emptied when the revision or the UTC date moves; the oldest go first when it is full."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.moment: tuple[int, str] = (-1, "")
        self.answers: OrderedDict[bytes, Answer] = OrderedDict()

    def recall(self, moment: tuple[int, str], address: bytes) -> Answer | None:
        if moment != self.moment:
            self.answers.clear()
            self.size, self.moment = 0, moment
        answer = self.answers.get(address)
        if answer is not None:
            self.answers.move_to_end(address)
        return answer

    def keep(self, moment: tuple[int, str], address: bytes, answer: Answer) -> None:
        cost = len(answer.body) + len(address) + _ENTRY_OVERHEAD
        if moment != self.moment or cost > min(self.limit, _BIGGEST) or address in self.answers:
            return
        self.answers[address] = answer
        self.size += cost
        while self.size > self.limit:
            gone, old = self.answers.popitem(last=False)
            self.size -= len(old.body) + len(gone) + _ENTRY_OVERHEAD


class RevisionMemory:
    """The ASGI layer around the application."""

    def __init__(self, app: Any, db: Database, *, megabytes: int, build: str) -> None:
        self.app, self.db, self.build = app, db, build
        self.memory = Memory(megabytes * 2**20) if megabytes else None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not f"{scope['path']}/".startswith(_REMEMBERED):
            await self.app(scope, receive, send)
            return
        audience, wanted = _asked(scope["headers"])
        address = _tidied(scope)
        head = await self._head()
        moment = (head.seq, self.db.clock().date().isoformat()) if head else (-1, "")
        answer = self.memory.recall(moment, address) if self.memory and head and not audience else None
        if answer is None:
            answer = await self._made(scope, receive, address, audience, moment)
        await _sent(answer, wanted, send)

    async def _made(self, scope: Any, receive: Any, address: bytes, audience: bytes, moment: tuple[int, str]) -> Answer:
        """Ask the application; keep what it says if the revision did not move meanwhile and anybody may see it."""
        answer = await _captured(self.app, scope, receive)
        if answer.status != 200:
            return answer
        head = await self._head()
        still = head is not None and head.seq == moment[0]
        if not answer.tag:
            source = (answer.body,) if audience or not still else (str(moment).encode(), address, self.build.encode())
            answer.tag = b'"' + hashlib.sha256(b"\0".join(source)).hexdigest()[:32].encode() + b'"'
            answer.headers.append((b"etag", answer.tag))
        if still and self.memory and not audience and not _is_personal(answer):
            self.memory.keep(moment, address, answer)
        return answer

    async def _head(self) -> Head | None:
        """The head of the ledger, or None where the database is away: then nothing is remembered."""
        try:
            return self.db.head() if self.db.backend.serves_alone else await asyncio.to_thread(self.db.head)
        except Unavailable:
            return None


def _is_personal(answer: Answer) -> bool:
    """Whether the answer is to be stored nowhere."""
    return any(name.lower() == b"cache-control" and b"no-store" in value for name, value in answer.headers)


def _asked(headers: Headers) -> tuple[bytes, bytes]:
    """Who asks (empty for an anonymous reader) and the If-None-Match."""
    audience, wanted = b"", b""
    for name, value in headers:
        if name in (b"authorization", b"cookie"):
            audience += hashlib.sha256(value).digest()
        elif name == b"if-none-match":
            wanted = value
    return audience, wanted


_tidy_seen: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()


def _tidied(scope: Any) -> bytes:
    """The address with its parameters sorted and blank ones dropped; an unreadable query stays as it is."""
    key = (scope["path"], scope["query_string"])
    found = _tidy_seen.get(key)
    if found is None:
        try:
            query = urlencode(sorted((n, v) for n, v in parse_qsl(key[1].decode("ascii"), errors="strict", max_num_fields=200) if v))
        except ValueError:
            query = key[1].decode("latin-1")
        found = _tidy_seen[key] = f"{key[0]}?{query}".encode("utf-8", "surrogatepass")
        if len(_tidy_seen) > 10_000:
            _tidy_seen.popitem(last=False)
    return found


async def _captured(app: Any, scope: Any, receive: Any) -> Answer:
    answer = Answer(500, [], b"", b"")
    chunks: list[bytes] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    answer.body = b"".join(chunks)
    answer.tag = next((value for name, value in answer.headers if name.lower() == b"etag"), b"")
    return answer


async def _sent(answer: Answer, wanted: bytes, send: Any) -> None:
    """Send the answer, or 304 where the caller has it already (If-None-Match compares weakly, by RFC 9110)."""
    if answer.status == 200 and wanted and _has(wanted, answer.tag):
        kept = [(n, v) for n, v in answer.headers if n.lower() not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def _has(wanted: bytes, tag: bytes) -> bool:
    return wanted.strip() == b"*" or tag in {part.strip().removeprefix(b"W/") for part in wanted.split(b",")}
