"""One request for a page: a call whose answer is HTML in the language of its path."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from app.actors import Actor, Permission
from app.db import ledger
from app.db.ledger import Head
from app.db.sessions import Reading, ReadSession
from app.domain import sign_ins
from app.domain.commands import Versioned, expect
from app.domain.intake import read
from app.domain.labels import Labels, labels
from app.domain.update_queue import waiting
from app.errors import BadRequest, FieldError, Invalid
from app.i18n import Lang
from app.web import reading, sent_files
from app.web.call import Call, Why
from app.web.done import done_words
from app.web.forms import MEDIA_TYPE as FORM
from app.web.forms import Form
from app.web.idempotency import Keyed
from app.web.navigation import MORE, READERS, STAFF, Entry, offered
from app.web.rendering import address, rendered_page, with_query
from app.web.sent_files import SentFile

T = TypeVar("T", bound=msgspec.Struct)
VISIT = "hainan.visit"
HTML = "text/html"
SEE_OTHER = 303
_KEY = re.compile(rb"(?:^|&)key=([A-Za-z0-9_-]{24})(?=&|\Z)")
_KEY_OF_PART = re.compile(rb'name="key"\r\n\r\n([A-Za-z0-9_-]{24})\r\n')
_BEGINNING = 2_000
"""In how many bytes of a form with a file its key is looked for."""
_NO_WORDS = re.compile(rb"(?:^|&)q=(?:\+|%20|%E3%80%80)*(?=&|\Z)", re.IGNORECASE)
"""A search box in which nothing but spaces was typed."""
_DONE = re.compile(rb"(?:^|&)done=([a-z_]{0,40})(?=&|\Z)")
_OWN = re.compile(r"/(zh|en)(/[A-Za-z0-9._~/%-]*)?(\?[\x21-\x7e]*)?")


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around the content of every page."""

    path: str
    switch: str
    here: str
    nav: list[Entry]
    staff: list[Entry]
    more: list[Entry]
    actor: Actor | None
    person: str | None
    head: Head | None
    done: str | None
    waiting: int

    def may(self, permission: str) -> bool:
        """Whether the one who asks may do what takes this permission, e.g. PUBLISH."""
        return self.actor is not None and self.actor.may(Permission[permission])


class LabelsKept:
    """The labels of the last revision that was asked for."""

    def __init__(self) -> None:
        self._kept: tuple[int, Labels] | None = None

    def of(self, session: ReadSession, head: Head) -> Labels:
        kept = self._kept
        if kept is None or kept[0] != head.seq:
            kept = self._kept = (head.seq, labels(session))
        return kept[1]


class Visit(Call):
    """What the handler of a page needs."""

    def __init__(self, request: Request[Any, Any, Any], body: bytes) -> None:
        super().__init__(request, body)
        self.lang = Lang(self.path[1:3])
        self._labels: LabelsKept = request.app.state.labels
        self.done_code = next((found[1].decode() for found in _DONE.finditer(self._query)), "")
        self._query = _NO_WORDS.sub(b"", _DONE.sub(b"", self._query)).removeprefix(b"&")
        self.stands_at = self.path
        if self.keyed is None and (key := self._key()):
            same = sent_files.without_boundary(body, self.headers.get("content-type"))
            self.keyed = Keyed(request, same, secret=self._operation.secret, running=set(), given=[key])
        self.head: Head | None = None
        self._names: Labels | None = None
        self.person: str | None = None
        self.waiting = 0
        self._scope[VISIT] = self

    @contextmanager
    def read(self, view: Callable[..., Any] | None = None) -> Iterator[ReadSession]:
        """A read session; the names of what is referred to are those of its revision."""
        with super().read(view) as session:
            self.head = ledger.head(session.asked())
            self._names = self._labels.of(session, self.head)
            self._look_around(session)
            yield session

    @contextmanager
    def desk(self, command: Callable[..., Any]) -> Iterator[ReadSession]:
        """A read session for the page of a form, for whoever may run its command; the page is stored nowhere."""
        with self.read(command) as session:
            self.is_personal = True
            yield session

    @contextmanager
    def once_more(self) -> Iterator[Reading]:
        """A session for showing a form again. Where writes share a transaction it must see what the refused change saw."""
        with self.db.read(self.actor) if self.writers is None else self.db.write(self.actor) as session:
            self.is_personal = True
            self.head, self._names = ledger.head(session.asked()), labels(session)
            self._look_around(session)
            yield session

    def _look_around(self, session: Reading) -> None:
        """Find out what the frame says to whoever is signed in: his name, and how much waits for him."""
        if self.person is None and self.actor.signed_in:
            self.person = sign_ins.me(session).name
            self.waiting = waiting(session)

    def _key(self) -> str | None:
        """What a form carries so that a second click has no second effect; in one with a file it comes first."""
        found = _KEY_OF_PART.search(self.sent[:_BEGINNING]) if self.has_file else _KEY.search(self.sent)
        return found[1].decode() if found else None

    def filled(
        self,
        form: Form[T],
        matching: Versioned | None = None,
        kept: dict[str, Any] | None = None,
        rules: Callable[[dict[str, Any], set[str]], tuple[FieldError, ...]] | None = None,
    ) -> T:
        """The values of a form inside a write session, in the order of the API: 415, 400, the key, 412, 422.

        A form that was sent before is answered as it was then. What was given as the reason goes with the change. Where some values
        cannot be read, `rules` says what else would stand against the others, so that every error is told at once.
        """
        raw = form.raw()
        try:
            self._look()
        except Invalid as reused:
            raise Invalid("form_sent") from reused
        if matching is not None:
            expect(matching, form.version)
        unfit: tuple[FieldError, ...] = ()
        try:
            self._give_reason(form.about("reason"))
        except Invalid as wrong:
            unfit = wrong.errors
        try:
            values = form.values_of(raw, kept)
        except Invalid as wrong:
            more = rules(raw, {error.pointer.split("/")[1] for error in wrong.errors}) if rules else ()
            raise Invalid(errors=wrong.errors + unfit + more) from wrong
        if unfit:
            raise Invalid(errors=unfit)
        return values

    def _give_reason(self, reason: str) -> None:
        if self._session is not None and reason:
            self._session.reason = read(Why, {"reason": reason}).reason

    @property
    def names(self) -> Labels:
        """What references are called, once something was read."""
        if self._names is None:
            raise RuntimeError("names are known inside read()")
        return self._names

    @property
    def address(self) -> str:
        """The path with its query."""
        return with_query(self.path, reading.pairs(self._query))

    def form(self, shape: type[T], now: dict[str, Any] | None = None) -> Form[T]:
        """The form that is being filled in; what was sent is read only when it is asked for."""
        return Form(shape, self._body, self.headers.get("content-type"), self.lang, now)

    def form_with_file(self, shape: type[T]) -> tuple[Form[T], SentFile | None]:
        """A form and the file that came with it. Raises WrongMediaType, or BadRequest where it did not arrive whole."""
        apart = sent_files.taken_apart(self._body, self.headers.get("content-type"), most=sent_files.MAX_FILE + sent_files.MAX_FIELD)
        return Form(shape, apart.fields, FORM, self.lang), apart.file

    def render(self, template: str, *, status: int = 200, cookie: str | None = None, **context: Any) -> Response[bytes]:
        """The page of a template, which finds the frame as `page` and the names of references as `names`."""
        form, around = context.get("form"), frame(self)
        if isinstance(form, Form) and form.errors:  # its summary stands before the fields, and says what they are called
            rendered_page(self.lang, template, page=around, names=self._names, **context)
        body = rendered_page(self.lang, template, page=around, names=self._names, **context)
        headers = self._headers() | {"content-language": self.lang.value} | ({"set-cookie": cookie} if cookie else {})
        self._answer = Response(body, status_code=status, headers=headers, media_type=HTML)
        return self._answer

    def see(self, address: str, *, cookie: str | None = None) -> Response[bytes]:
        """Send the browser to a page of ours after something was done."""
        headers = {"location": address, "cache-control": "no-store"} | ({"set-cookie": cookie} if cookie else {})
        self._answer = Response(b"", status_code=SEE_OTHER, headers=headers, media_type=HTML)
        return self._answer

    @property
    def query_string(self) -> bytes:
        return self._query

    @property
    def known(self) -> Actor | None:
        """Who asks, as far as that was found out already."""
        return self._actor if self._actor is not None and self._actor.signed_in else None

    @property
    def has_file(self) -> bool:
        """Whether what came is a form with a file."""
        return self.headers.get("content-type", "").startswith(sent_files.MEDIA_TYPE)

    @property
    def sent(self) -> bytes:
        """The body as it came, empty for what only reads."""
        return self._body if self._is_unsafe else b""

    def to(self, *parts: Any, **query: Any) -> str:
        """The address of a page in this language."""
        return address(self.lang, *parts, **query)


def frame(visit: Visit) -> Frame:
    """The frame of a page for whoever asks."""
    try:
        query = reading.pairs(visit.query_string)
    except BadRequest:
        query = []
    done = done_words(visit.lang, visit.done_code, visit.known)
    return _frame(visit.stands_at, query, visit.known, visit.person, visit.head, done, visit.waiting)


def bare_frame(path: str) -> Frame:
    """The frame of a page that was refused before anybody knew who asks."""
    return _frame(path, [], None, None, None, None)


def _frame(
    path: str, query: list[tuple[str, str]], actor: Actor | None, person: str | None, head: Head | None, done: str | None, waiting: int = 0
) -> Frame:
    lang, _, rest = path[1:].partition("/")
    other = next(one for one in Lang if one != lang)
    return Frame(
        path=path, switch=with_query(f"/{other}/{rest}".rstrip("/"), query), here=rest.partition("/")[0], nav=offered(READERS, actor),
        staff=offered(STAFF, actor), more=offered(MORE, actor), actor=actor, person=person, head=head, done=done, waiting=waiting,
    )  # fmt: skip


def own_address(text: str, fallback: str) -> str:
    """An address of a page of ours, as somebody sends it; the fallback for anything else."""
    return text if len(text) < 4000 and _OWN.fullmatch(text) and "//" not in text.partition("?")[0] else fallback
