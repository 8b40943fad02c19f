"""The doors of the pages: the way to a language, signing in and out, and the files that pages refer to."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain import sign_ins
from app.domain.first_administrator import has_administrator
from app.domain.sign_ins import Credentials
from app.errors import Invalid, NotFound, SignInRequired, TooManyAttempts
from app.i18n import negotiate
from app.web import forms
from app.web.assets import FOR_GOOD, asset
from app.web.call import Call
from app.web.describe import page
from app.web.origin import signed_in_cookie, signed_out_cookie
from app.web.running import hashing, in_thread, quick
from app.web.visit import Visit, own_address


class Root(Controller):
    path = "/"

    @get("/", sync_to_thread=False, **page())
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        """Send a browser to the pages in its language."""
        lang = negotiate(call.headers.get("accept-language"))
        headers = {"location": f"/{lang}", "vary": "Accept-Language", "cache-control": "no-cache"}
        return Response(b"", status_code=302, headers=headers, media_type="text/plain")

    @get("/static/{name:str}", sync_to_thread=False, **page())
    def static(self, name: FromPath[str]) -> Response[bytes]:
        found = asset(name)
        if found is None:
            raise NotFound
        return Response(found.body, media_type=found.media_type, headers={"cache-control": FOR_GOOD})


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sign-in leads afterwards."""

    next: str | None = None


class SignIn(Controller):
    path = "/"

    @get("/sign-in", **page())
    @quick
    def show(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            arrival = call.query(Arrival)
            first = not has_administrator(session)
            call.is_personal = first  # who becomes the first administrator moves no revision, so the page is not to be remembered
        form = call.form(Credentials, {"next": own_address(arrival.next or "", call.to()), "held": ""})
        return call.render("sign_in.html", form=form, told="", first=first)

    @post("/sign-in", **page(command=sign_ins.open_place))
    @hashing
    def sign_in(self, call: NamedDependency[Visit]) -> Response[bytes]:
        call.allow(sign_ins.open_place)
        call.no_query()
        form = call.form(Credentials)
        try:
            secret = sign_ins.sign_in(call.db, form.read(), call.origin, present=call.present_sign_in)
        except (Invalid, SignInRequired, TooManyAttempts) as problem:
            return call.render("sign_in.html", status=problem.status, form=form.refused(problem), told="", first=False)
        cookie = signed_in_cookie(secret, call.settings)
        target = own_address(form.about("next"), call.to())
        if not form.about("held"):
            return call.see(target, cookie=cookie)
        return call.render("resume.html", cookie=cookie, target=target, pairs=_carried(form.about("held")))

    @post("/sign-out", **page(command=sign_ins.sign_out))
    @in_thread
    def sign_out(self, call: NamedDependency[Visit]) -> Response[Any]:
        try:
            with call.write(sign_ins.sign_out) as session:
                call.no_query()
                sign_ins.sign_out(session, call.origin)
        except SignInRequired:
            pass  # it has ended by itself already, which is what was asked for
        return call.see(call.to(), cookie=signed_out_cookie(call.settings))


def _carried(held: str) -> forms.Pairs:
    """The fields of the form that a sign-in interrupted."""
    return forms.pairs_of(held.encode("ascii", "replace"))
