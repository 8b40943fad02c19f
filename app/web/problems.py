"""The one renderer of everything that goes wrong: RFC 9457 in the caller's language."""

from typing import Any
from urllib.parse import quote

import msgspec

from app.errors import MESSAGES, N_, Problem
from app.i18n import Lang, gettext

MEDIA_TYPE = "application/problem+json"
SHOWN = 200
"""How many characters of a path are echoed."""
_WORDS = ("entity", "expected")
"""Parameters of messages that are words of ours and not what somebody sent."""


class Detail(msgspec.Struct, frozen=True):
    """One wrong value. `pointer` is a JSON pointer into the body, or `?name` for a query parameter."""

    pointer: str
    code: str
    detail: str


class ProblemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457. `type` never changes; `title` and `detail` are in the language of Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Detail] = []
    version: int | None = None


def body_of(problem: Problem, lang: Lang, instance: str) -> ProblemBody:
    """The problem in words. `instance` is the path of the request."""
    title = gettext(lang, problem.title)
    detail = said(lang, problem.code, problem.params) if problem.code in MESSAGES else title
    errors = [Detail(error.pointer, error.code, said(lang, error.code, error.params)) for error in problem.errors]
    version = problem.params.get("version")
    return ProblemBody(f"/problems/{problem.slug}", title, problem.status, detail, instance, errors, version)


def said(lang: Lang, code: str | None, params: dict[str, Any]) -> str:
    """A code of MESSAGES in words."""
    return gettext(lang, MESSAGES[code or ""], **{name: _word(lang, name, value) for name, value in params.items()})


def _word(lang: Lang, name: str, value: Any) -> Any:
    """A parameter as the message takes it; several values with what stands between them in the language."""
    if isinstance(value, tuple):
        return gettext(lang, N_(", ")).join(value)
    return gettext(lang, value) if name in _WORDS else value


def one_line(problem: Problem, lang: Lang) -> str:
    """The problem for a terminal: its detail, or its errors with where they are."""
    body = body_of(problem, lang, "")
    if not body.errors:
        return body.detail
    return " · ".join(f"{error.pointer.lstrip('/')}: {error.detail}" if error.pointer else error.detail for error in body.errors)


def in_lines(problem: Problem, lang: Lang) -> list[str]:
    """The problem for a terminal; one that names a list of things says each on a line of its own."""
    if not (problem.code and problem.errors):
        return [one_line(problem, lang)]
    body = body_of(problem, lang, "")
    return [body.detail, *(f"  {error.detail}" for error in body.errors)]


def rendered(problem: Problem, lang: Lang, instance: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer."""
    headers = {
        "content-type": MEDIA_TYPE,
        "content-language": lang.value,
        "vary": "Accept-Language, Authorization, Cookie",
        "cache-control": "no-store",
        **{name.lower(): value for name, value in problem.headers.items()},
    }
    return problem.status, headers, msgspec.json.encode(body_of(problem, lang, instance))


def shown_path(path: str) -> str:
    """A path as it may be echoed: percent-encoded ASCII, shortened."""
    return quote(path[:SHOWN].encode("utf-8", "surrogatepass"), safe="/:@!$&'()*+,;=-._~")
