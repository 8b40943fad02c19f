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
from app.web.caching import PUBLIC, VARY, has_tag

Headers = list[tuple[bytes, bytes]]
_REMEMBERED = ("/api/v1/", *(f"/{lang}/" for lang in Lang))
"""Where answers follow from the revision: the API, and the pages in each language."""
_PASSED_BY = "/api/v1/export."
"""What is too large to be kept, and has its ETag from what makes it."""
_STREAMED = ("/api/v1/reports/",)
"""What is sent as it is made, because it may be large; the same for everybody."""
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
        path = scope["path"] if scope["type"] == "http" and scope["method"] == "GET" else ""
        if not f"{path}/".startswith(_REMEMBERED) or path.startswith(_PASSED_BY):
            await self.app(scope, receive, send)
            return
        audience, wanted = _asked(scope["headers"])
        address = _tidied(scope)
        head = await self._head()
        moment = (head.seq, self.db.clock().date().isoformat()) if head else (-1, "")
        answer = self.memory.recall(moment, address) if self.memory and head and not audience else None
        if answer is None and scope["path"].startswith(_STREAMED):
            await _Streaming(self, send, address, audience, moment, wanted).run(scope, receive)
            return
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
            answer.tag = _hashed(answer.body) if audience or not still else self.tag_of(moment, address)
            answer.headers.append((b"etag", answer.tag))
        if still and self.memory and not audience and not _is_personal(answer):
            self.memory.keep(moment, address, answer)
        return answer

    def tag_of(self, moment: tuple[int, str], address: bytes) -> bytes:
        """The tag of what follows from the revision, the date, the address and the build alone."""
        return _hashed(str(moment).encode(), address, self.build.encode())

    async def keep_streamed(self, moment: tuple[int, str], address: bytes, answer: Answer) -> None:
        """Remember what was streamed, if the revision did not move meanwhile."""
        head = await self._head()
        if self.memory and head is not None and head.seq == moment[0]:
            self.memory.keep(moment, address, answer)

    async def _head(self) -> Head | None:
        """The head of the ledger, or None where the database is away: then nothing is remembered."""
        try:
            return self.db.head() if self.db.backend.serves_alone else await asyncio.to_thread(self.db.head)
        except Unavailable:
            return None


def _is_personal(answer: Answer) -> bool:
    """Whether the answer is to be stored nowhere."""
    return any(name.lower() == b"cache-control" and b"no-store" in value for name, value in answer.headers)


class _Streaming:
    """One answer on its way: passed on as it is made, and kept on the side while it is small."""

    def __init__(self, memory: RevisionMemory, send: Any, address: bytes, audience: bytes, moment: tuple[int, str], wanted: bytes) -> None:
        self.memory, self.send, self.address, self.audience = memory, send, address, audience
        self.moment, self.wanted, self.tag = moment, wanted, memory.tag_of(moment, address)
        self.answer = Answer(500, [], b"", self.tag)
        self._kept: list[bytes] = []
        self._size = 0
        self._has_it = False

    async def run(self, scope: Any, receive: Any) -> None:
        if self._is_known():
            headers = [(b"cache-control", PUBLIC.encode()), (b"vary", VARY.encode()), (b"etag", self.tag)]
            await _sent(Answer(200, headers, b"", self.tag), self.wanted, self.send)
            return
        await self.memory.app(scope, receive, self._passed)
        if self.answer.status == 200 and not self.audience and not self._has_it and self._size <= _BIGGEST:
            self.answer.body = b"".join(self._kept)
            await self.memory.keep_streamed(self.moment, self.address, self.answer)

    def _is_known(self) -> bool:
        """Whether an anonymous caller names our tag itself: then the same request was answered before, in the same state."""
        return self.moment[0] >= 0 and not self.audience and self.wanted.strip() != b"*" and has_tag(self.wanted, self.tag)

    async def _passed(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.answer.status, self.answer.headers = message["status"], list(message["headers"])
            if message["status"] == 200:
                self.answer.headers.append((b"etag", self.tag))
                self._has_it = bool(self.wanted) and has_tag(self.wanted, self.tag)
            if self._has_it:
                await _sent(self.answer, self.wanted, self.send)
                return
            message = {**message, "headers": self.answer.headers}
        elif not self._has_it:
            self._size += len(message.get("body", b""))
            if self._size <= _BIGGEST:
                self._kept.append(message.get("body", b""))
        if not self._has_it:
            await self.send(message)


def _hashed(*source: bytes) -> bytes:
    return b'"' + hashlib.sha256(b"\0".join(source)).hexdigest()[:32].encode() + b'"'


def _asked(headers: Headers) -> tuple[bytes, bytes]:
    """Who asks (empty for an anonymous reader) and the If-None-Match."""
    audience, wanted = b"", b""
    for name, value in headers:
        if name in (b"authorization", b"cookie"):
            audience += hashlib.sha256(value).digest()
        elif name == b"if-none-match":
            wanted = value
    return audience, wanted


_MOST_SEEN, _LONGEST_SEEN = 10_000, 300
"""How many tidied addresses are kept, and how long they may be: what anybody may send must not fill the memory of the process."""
tidied_before: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()


def _tidied(scope: Any) -> bytes:
    """The address with its parameters sorted and blank ones dropped; an unreadable query stays as it is."""
    key = (scope["path"], scope["query_string"])
    found = tidied_before.get(key)
    if found is None:
        try:
            query = urlencode(sorted((n, v) for n, v in parse_qsl(key[1].decode("ascii"), errors="strict", max_num_fields=200) if v))
        except ValueError:
            query = key[1].decode("latin-1")
        found = f"{key[0]}?{query}".encode("utf-8", "surrogatepass")
        if len(key[0]) + len(key[1]) <= _LONGEST_SEEN:
            tidied_before[key] = found
        if len(tidied_before) > _MOST_SEEN:
            tidied_before.popitem(last=False)
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
    if answer.status == 200 and wanted and has_tag(wanted, answer.tag):
        kept = [(n, v) for n, v in answer.headers if n.lower() not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
