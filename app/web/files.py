"""Files as answers: written to the disk whole, then sent piece by piece. Exports of everything are kept for whoever asks for them again."""

import asyncio
import errno
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, BinaryIO, cast

from litestar import Response
from litestar.response import Stream
from sqlalchemy.exc import OperationalError

from app.errors import Unavailable

_PIECE = 2**17
_SHARE = 10
"""A kept file takes no more than this part of what is free."""
Write = Callable[[BinaryIO], None]


class KeptFiles:
    """The last export of everything in each format, by name, with its ETag; together they take at most `limit` bytes.

    They have no place in a folder and are gone with the process. For one thread, the one that exports.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._files: dict[str, tuple[str, BinaryIO]] = {}

    def file(self, name: str | None, tag: str, write: Write) -> BinaryIO:
        """The file with this tag, kept or made, for the caller to close; without a name it is not kept.

        Raises Unavailable where the disk is full.
        """
        if name is None:
            return self._made(write)
        known, kept = self._files.get(name, ("", None))
        if kept is None or known != tag:
            self._drop(name)
            kept = self._made(write)
            if not self._has_room(kept):
                return kept
            self._files[name] = tag, kept
        return os.fdopen(os.dup(kept.fileno()), "rb", buffering=0)

    def _made(self, write: Write) -> BinaryIO:
        """A new file; where there is no room for it or for what making it takes, what is kept gives way."""
        try:
            return spooled(write)
        except (Unavailable, OperationalError):
            if not self._files:
                raise
        self.close()
        return spooled(write)

    def _has_room(self, file: BinaryIO) -> bool:
        size, kept = _size(file), sum(_size(other) for _, other in self._files.values())
        return size + kept <= self.limit and size * _SHARE <= shutil.disk_usage(file.fileno()).free

    def _drop(self, name: str) -> None:
        if name in self._files:
            self._files.pop(name)[1].close()

    def close(self) -> None:
        """Let go of all files; who is being sent one has it to its end."""
        for name in list(self._files):
            self._drop(name)


def spooled(write: Write) -> BinaryIO:
    """A file without a name that holds what was written. Raises Unavailable where the disk is full."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed when it was sent
    try:
        write(file)
        file.flush()
    except BaseException as error:
        with suppress(OSError):  # it tries once more to write what it holds
            file.close()
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Unavailable("disk_low") from error
        raise
    return file


def streamed(file: BinaryIO, headers: dict[str, str], media: str) -> Response[Any]:
    """The answer that sends a file from its beginning."""
    return _Sent(file, headers | {"content-length": str(_size(file))}, media)


class _Sent(Stream):
    """A file that is closed when its answer has ended, and when nobody is there to read it to its end."""

    def __init__(self, file: BinaryIO, headers: dict[str, str], media: str) -> None:
        super().__init__(_pieces(file), headers=headers, media_type=media)
        self.file = file

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().to_asgi_response(*args, **kwargs)

        async def closing(scope: Any, receive: Any, send: Any) -> None:
            with self.file:
                await answer(scope, receive, send)

        return cast(Any, closing)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """Read by place: others may read the same file at the same time."""
    at = 0
    while piece := _in_memory(file, at) or await asyncio.to_thread(os.pread, file.fileno(), _PIECE, at):
        yield piece
        at += len(piece)
        await asyncio.sleep(0)  # sending to somebody who is gone waits for nothing, and nobody else would have a turn


def _in_memory(file: BinaryIO, at: int) -> bytes:
    """A piece that can be had without waiting for the disk, which takes less time than to ask a thread; nothing where it cannot."""
    piece = bytearray(_PIECE)
    try:
        return bytes(memoryview(piece)[: os.preadv(file.fileno(), [piece], at, os.RWF_NOWAIT)])
    except (AttributeError, OSError):  # a system without it, a file system without it, or what would have to be waited for
        return b""


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
