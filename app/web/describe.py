"""What the API description says of one operation; each handler declares it where it stands."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import msgspec

from app.web.reading import JSON

KEY = "operation"
PAGE = "page"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """`answers` is the shape of the body of `status` (None: no body); `reads` the shape of what is sent; `matches`: If-Match is needed;
    `tagged`: the answer is a record with an ETag of its own; `view`: a view of people, which asks for a right; `text`: what the summary
    cannot hold; `example`: a body that is accepted; `secret`: the answer shows something once only, so it is not kept for a repeat under
    the same Idempotency-Key. What may follow: 429 if `throttled`, 404 if it `finds` something that is not in the path, 409 if it is a
    read that `refuses`, a `cookie`. `file` is the media type of an answer that is a file, `takes` those of a file that is sent.
    """

    summary: str
    tag: str
    text: str = ""
    answers: Any = None
    status: int = 200
    query: type[msgspec.Struct] | None = None
    reads: type[msgspec.Struct] | None = None
    media: str = JSON
    matches: bool = False
    tagged: bool = False
    command: Callable[..., Any] | None = None
    view: Callable[..., Any] | None = None
    throttled: bool = False
    finds: bool = False
    cookie: bool = False
    example: Any = None
    secret: bool = False
    file: str | None = None
    takes: tuple[str, ...] = ()
    refuses: bool = False

    def __deepcopy__(self, _memo: object) -> Self:
        """Itself: the framework copies every handler with all that it carries, and this never changes."""
        return self


_UNDESCRIBED = Operation(summary="", tag="")


def operation_of(options: Mapping[str, Any]) -> Operation:
    """What a handler's options say of it; an empty description for what changes nothing and is no part of the API."""
    found: Operation = options.get(KEY) or options.get(PAGE) or _UNDESCRIBED
    return found


def operation(**said: Any) -> dict[str, Any]:
    """The keyword arguments a route handler takes for its description."""
    return {"opt": {KEY: Operation(**said)}, "include_in_schema": False}


def page(*, command: Callable[..., Any] | None = None, view: Callable[..., Any] | None = None, secret: bool = False) -> dict[str, Any]:
    """The keyword arguments of the handler of a page: which command its form runs, or which view of people it shows.

    A page with a `secret` shows something once only.
    """
    return {"opt": {PAGE: Operation(summary="", tag="", command=command, view=view, secret=secret)}, "include_in_schema": False}
