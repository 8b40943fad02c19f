"""One's own account: who one is, the password, the places signed in at, and tokens."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.actors import Role, Scope
from app.db.sessions import Reading
from app.domain import sign_ins, tokens
from app.domain.sign_ins import PasswordChange
from app.domain.tokens import NewToken, TokenFilter
from app.errors import TooManyAttempts
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.origin import signed_in_cookie
from app.web.pages.people import Bare
from app.web.paths import place_part, token_part
from app.web.running import hashing, in_thread, quick
from app.web.visit import Visit


class Profile(Controller):
    path = "/profile"

    @get("/", **page(view=sign_ins.me))
    @quick
    def show(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read(sign_ins.me) as session:
            call.no_query()
            return _shown(call, session, call.form(Bare))

    @get("/password", **page())
    @quick
    def password(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(sign_ins.change_password):
            call.no_query()
            return call.render("password_form.html", form=call.form(PasswordChange))

    @post("/password", **page(command=sign_ins.change_password))
    @hashing
    def change(self, call: NamedDependency[Visit]) -> Response[bytes]:
        actor = call.allow(sign_ins.change_password)
        form = call.form(PasswordChange)
        try:
            secret = sign_ins.change_own_password(call.db, actor, form.read(), call.origin)
        except (*AGAIN, TooManyAttempts) as problem:
            with call.once_more():
                return call.render("password_form.html", status=form.refused(problem).status, form=form)
        cookie = signed_in_cookie(secret, call.settings) if secret else None
        return call.see(call.to("profile", done="password_changed"), cookie=cookie)

    @post("/places/{place:str}/end", **page(command=sign_ins.end_place))
    @in_thread
    def end(self, call: NamedDependency[Visit], place: FromPath[str]) -> Response[bytes]:
        return _step(call, sign_ins.end_place, "place_ended", lambda session: sign_ins.end_place(session, place_part(place), call.origin))

    @post("/places/end-others", **page(command=sign_ins.end_other_places))
    @in_thread
    def end_others(self, call: NamedDependency[Visit]) -> Response[bytes]:
        return _step(call, sign_ins.end_other_places, "places_ended", lambda session: sign_ins.end_other_places(session, call.origin))

    @post("/tokens/{token:str}/revoke", **page(command=tokens.revoke_token))
    @in_thread
    def revoke(self, call: NamedDependency[Visit], token: FromPath[str]) -> Response[bytes]:
        return _step(call, tokens.revoke_token, "revoked", lambda session: tokens.revoke_token(session, token_part(token), call.origin))

    @get("/tokens/new", **page())
    @quick
    def new_token(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(tokens.make_token):
            call.no_query()
            return _token_form(call, call.form(NewToken, {"days": tokens.TOKEN_DAYS, "scope": Scope.READ.value}))

    @post("/tokens/new", **page(command=tokens.make_token, secret=True))
    @in_thread
    def make_token(self, call: NamedDependency[Visit]) -> Response[bytes]:
        form = call.form(NewToken)
        try:
            with call.write(tokens.make_token) as session:
                made = tokens.make_token(session, call.filled(form), call.origin)
                call.person = sign_ins.me(session).name
                return call.render("made_token.html", made=made)
        except AGAIN as problem:
            with call.once_more():
                return _token_form(call, form.refused(problem))


def _token_form(call: Visit, form: Form[NewToken]) -> Response[bytes]:
    scopes = [scope.value for scope in Scope][: list(Role).index(call.actor.role) + 1]
    return call.render("token_form.html", status=form.status, form=form, scopes=scopes, most=tokens.MOST_DAYS)


def _step(call: Visit, command: Any, told: str, step: Any) -> Response[bytes]:
    """Something that takes nothing but a click, and leads back to the profile."""
    form = call.form(Bare)
    try:
        with call.write(command) as session:
            call.filled(form)
            step(session)
            return call.see(call.to("profile", done=told))
    except AGAIN as problem:
        call.stands_at = call.to("profile")
        with call.once_more() as session:
            return _shown(call, session, form.refused(problem))


def _shown(call: Visit, session: Reading, form: Form[Any]) -> Response[bytes]:
    return call.render(
        "profile.html", status=form.status, form=form, me=sign_ins.me(session), places=sign_ins.places(session).items,
        tokens=tokens.tokens(session, TokenFilter(limit=200)).items,
    )  # fmt: skip
