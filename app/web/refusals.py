"""The one place that decides how a refusal reads: as a page in the language of a page's path, as a problem in JSON everywhere else."""

from typing import Any

from app.domain.sign_ins import Credentials
from app.errors import MESSAGES, Problem, SignInRequired
from app.i18n import Lang, gettext, negotiate
from app.record_words import filter_name
from app.web import forms
from app.web.origin import REQUEST_ID
from app.web.problems import body_of, rendered, shown_path
from app.web.rendering import rendered_page
from app.web.visit import HTML, VISIT, Visit, bare_frame, frame

Refusal = tuple[int, dict[str, str], bytes]
_LOST = "error.html"


def refused(problem: Problem, scope: Any) -> Refusal:
    """Status, headers and body of the answer to a request that is refused."""
    path = shown_path(scope["path"])
    lang = language_of(scope["path"])
    if lang is None:
        return rendered(problem, negotiate(_header(scope, b"accept-language")), path)
    return _page(problem, lang, scope, path)


def language_of(path: str) -> Lang | None:
    """The language of the path of a page; None for what is no page."""
    first = path[1:].partition("/")[0]
    return Lang(first) if first in list(Lang) else None


def _header(scope: Any, name: bytes) -> str | None:
    return next((value.decode("latin-1") for known, value in scope["headers"] if known == name), None)


def _page(problem: Problem, lang: Lang, scope: Any, path: str) -> Refusal:
    visit: Visit | None = scope.get(VISIT)
    around = frame(visit) if visit else bare_frame(path)
    if isinstance(problem, SignInRequired) and visit is not None:
        body = _sign_in(problem, visit, around)
    else:
        said = body_of(problem, lang, path)
        request_id = scope.get(REQUEST_ID)
        names = {one.pointer: filter_name(lang, one.pointer) for one in said.errors}
        body = rendered_page(lang, _LOST, page=around, problem=said, names=names, request_id=request_id)
    headers = {
        "content-type": f"{HTML}; charset=utf-8",
        "content-language": lang.value,
        "vary": "Authorization, Cookie",
        "cache-control": "no-store",
        **{name.lower(): value for name, value in problem.headers.items() if name != "WWW-Authenticate"},
    }
    return problem.status, headers, body


def _sign_in(problem: Problem, visit: Visit, around: Any) -> bytes:
    """The sign-in in place of the page: it leads back to it, with whatever was typed."""
    carried = "" if visit.has_file else forms.held(visit.sent)  # a file cannot be carried along
    form = forms.Form(Credentials, b"", None, visit.lang, {"next": visit.address, "held": carried})
    told = gettext(visit.lang, MESSAGES[problem.code]) if problem.code in MESSAGES else ""
    return rendered_page(visit.lang, "sign_in.html", page=around, form=form, told=told, first=False)
