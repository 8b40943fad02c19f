"""Files as answers: written to the disk whole, sent piece by piece, and kept for whoever asks for the same while nothing is committed."""

import errno
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from litestar import Response
from litestar.response import Stream

from app.errors import Unavailable

_PIECE = 2**20
_MOST_KEPT = 16
"""Each holds a descriptor of the process."""
Write = Callable[[BinaryIO], None]


class KeptFiles:
    """The files that were sent in one state of the register, by ETag; the oldest go first where they take more than `limit` bytes.

    They have no name and are gone with the process. For one thread, the one that exports.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._state = ""
        self._files: OrderedDict[str, BinaryIO] = OrderedDict()

    def file(self, state: str, tag: str, write: Write) -> BinaryIO:
        """The file with this tag, kept or made, for the caller to close. Raises Unavailable where the disk is full."""
        if state != self._state:
            self.close()
            self._state = state
        kept = self._files.get(tag)
        if kept is None:
            kept = self._made(write)
            if _size(kept) > self.limit:
                return kept
            self._files[tag] = kept
        self._files.move_to_end(tag)
        another = os.fdopen(os.dup(kept.fileno()), "rb", buffering=0)
        self._make_room()
        return another

    def _made(self, write: Write) -> BinaryIO:
        """A new file; where the disk is full, what is kept gives way to it."""
        try:
            return spooled(write)
        except Unavailable:
            if not self._files:
                raise
        self.close()
        return spooled(write)

    def _make_room(self) -> None:
        while len(self._files) > _MOST_KEPT or sum(map(_size, self._files.values())) > self.limit:
            self._files.popitem(last=False)[1].close()

    def close(self) -> None:
        """Let go of all files; who is being sent one has it to its end."""
        while self._files:
            self._files.popitem()[1].close()


def spooled(write: Write) -> BinaryIO:
    """A file without a name that holds what was written. Raises Unavailable where the disk is full."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed when it was sent
    try:
        write(file)
        file.flush()
    except OSError as error:
        file.close()
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Unavailable("disk_low") from error
        raise
    except BaseException:
        file.close()
        raise
    return file


def streamed(file: BinaryIO, headers: dict[str, str], media: str) -> Response[Any]:
    """The answer that sends a file from its beginning and closes it."""
    return Stream(_pieces(file), headers=headers | {"content-length": str(_size(file))}, media_type=media)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Read by place: others may read the same file at the same time."""
    at = 0
    with file:
        while piece := os.pread(file.fileno(), _PIECE, at):
            yield piece
            at += len(piece)


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
