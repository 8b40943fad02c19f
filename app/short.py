"""Remembering what came of short texts, which come again and again."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

_SHORT = 500
"""What comes of a longer text is made each time: thousands of them would fill the memory of a server."""
First = TypeVar("First")
P = ParamSpec("P")
T = TypeVar("T")
Function = Callable[Concatenate[First, P], T]


def kept_if_short(most: int, *, size: Callable[[Any], int] = len) -> Callable[[Function[First, P, T]], Function[First, P, T]]:
    """Keep as many results of a function whose first argument is short."""

    def decorated(function: Function[First, P, T]) -> Function[First, P, T]:
        kept: Callable[..., T] = functools.lru_cache(most)(function)

        @functools.wraps(function)
        def asked(first: First, /, *args: P.args, **kwargs: P.kwargs) -> T:
            return (kept if size(first) <= _SHORT else function)(first, *args, **kwargs)

        return asked

    return decorated
