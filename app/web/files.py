"""Files as answers: written to the disk whole, then sent piece by piece."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from litestar import Response
from litestar.response import Stream

from app.errors import Unavailable

_PIECE = 2**18


def spooled(write: Callable[[BinaryIO], None]) -> BinaryIO:
    """A file without a name that holds what was written, from its beginning. Raises Unavailable where the disk is full."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed when it was sent
    try:
        write(file)
        file.seek(0)
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
    """The answer that sends a file and closes it."""
    size = file.seek(0, 2)
    file.seek(0)
    return Stream(_pieces(file), headers=headers | {"content-length": str(size)}, media_type=media)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
