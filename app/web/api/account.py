"""One's own account: signing in and out, who one is, the password, the places signed in at, and tokens."""

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.actors import system_actor
from app.domain import sign_ins, tokens
from app.domain.accounts import User, user
from app.domain.first_administrator import FirstAdministrator, make_first_administrator, refuse_where_there_is_one
from app.domain.shapes import Page
from app.domain.sign_ins import Credentials, Me, PasswordChange, PasswordChoice, PlaceSignedIn
from app.domain.tokens import MadeToken, NewToken, Token, TokenFilter
from app.web import first_secret
from app.web.call import Call
from app.web.describe import operation
from app.web.origin import signed_in_cookie, signed_out_cookie
from app.web.paths import place_part, token_part
from app.web.running import hashing, in_thread, quick

SIGNING_IN, TOKENS = "Signing in", "Tokens"
_COOKIE = "Like every request that changes something with the cookie, it must carry the `Origin` of a page of this service. "


class Sessions(Controller):
    path = "/session"

    @post(
        "/",
        **operation(
            summary="Sign in",
            tag=SIGNING_IN,
            text=_COOKIE
            + "The cookie is always a new one; a sign-in that this client had before ends. A wrong name and a wrong password are "
            "told in the same words. After ten failures within five minutes an account has to wait, each time longer; after a hundred in a "
            "row it takes a code from an administrator.",
            answers=Me,
            status=201,
            reads=Credentials,
            command=sign_ins.open_place,
            throttled=True,
            cookie=True,
            example={"name": "Wang Fang", "password": "a long password that nobody guesses"},
        ),
    )
    @hashing
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        call.allow(sign_ins.open_place)
        call.no_query()
        secret = sign_ins.sign_in(call.db, call.body(Credentials), call.origin, present=call.present_sign_in)
        with call.db.read(call.whose(secret)) as session:
            return call.created(sign_ins.me(session), location="/api/v1/me", cookie=signed_in_cookie(secret, call.settings))

    @delete(
        "/",
        status_code=204,
        **operation(summary="Sign out", tag=SIGNING_IN, status=204, command=sign_ins.sign_out, finds=True, cookie=True),
    )
    @in_thread
    def remove(self, call: NamedDependency[Call]) -> Response[None]:
        with call.write(sign_ins.sign_out) as session:
            call.no_query()
            sign_ins.sign_out(session, call.origin)
        return call.done(cookie=signed_out_cookie(call.settings))

    @post(
        "/password",
        status_code=204,
        **operation(
            summary="Choose a password with a code from an administrator",
            tag=SIGNING_IN,
            text=_COOKIE + "A code is good once and for 24 hours. Every sign-in of the account ends; sign in afterwards.",
            status=204,
            reads=PasswordChoice,
            command=sign_ins.choose_with_code,
            throttled=True,
            example={"name": "Wang Fang", "code": "hnc_code-from-an-administrator", "password": "another long password nobody guesses"},
        ),
    )
    @hashing
    def choose(self, call: NamedDependency[Call]) -> Response[None]:
        call.allow(sign_ins.choose_with_code)
        call.no_query()
        sign_ins.choose_password(call.db, call.body(PasswordChoice), call.origin)
        return call.done()


class Account(Controller):
    path = "/"

    @post(
        "/first-administrator",
        **operation(
            summary="Make the first administrator",
            tag=SIGNING_IN,
            text=_COOKIE + "When the service starts on a database without an administrator, it writes a one-time secret to a file on the "
            "server and prints where. The secret is good for 24 hours. Where there is an administrator, nothing is at this address.",
            answers=User,
            status=201,
            reads=FirstAdministrator,
            command=make_first_administrator,
            finds=True,
            example={"name": "Li Na", "password": "a long password of my own choice", "secret": "hnf_secret-from-the-file-on-the-server"},
        ),
    )
    @hashing
    def first(self, call: NamedDependency[Call]) -> Response[bytes]:
        call.allow(make_first_administrator)
        with call.db.write(system_actor("first-administrator")) as session:
            refuse_where_there_is_one(session)
            call.no_query()
            given = call.body(FirstAdministrator)
            actor_id = make_first_administrator(session, given)
        first_secret.remove(call.settings)
        with call.db.read(system_actor("first-administrator")) as session:
            return call.created(user(session, actor_id), location=f"/api/v1/users/{actor_id}")

    @get("/me", **operation(summary="Who you are", tag=SIGNING_IN, answers=Me, view=sign_ins.me))
    @quick
    def me(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read(sign_ins.me) as session:
            call.no_query()
            return call.plain(sign_ins.me(session))

    @put(
        "/me/password",
        status_code=204,
        **operation(
            summary="Change your password",
            tag=SIGNING_IN,
            text="Every place you are signed in at ends; the one that asks goes on under a new cookie. A wrong present password counts as "
            "a failed sign-in.",
            status=204,
            reads=PasswordChange,
            command=sign_ins.change_password,
            throttled=True,
            cookie=True,
            example={"current": "a long password that nobody guesses", "password": "another long password nobody guesses"},
        ),
    )
    @hashing
    def change(self, call: NamedDependency[Call]) -> Response[None]:
        actor = call.allow(sign_ins.change_password)
        call.no_query()
        secret = sign_ins.change_own_password(call.db, actor, call.body(PasswordChange), call.origin)
        return call.done(cookie=signed_in_cookie(secret, call.settings) if secret else None)

    @get(
        "/sessions",
        **operation(
            summary="The places you are signed in at, latest first", tag=SIGNING_IN, answers=Page[PlaceSignedIn], view=sign_ins.places
        ),
    )
    @quick
    def places(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read(sign_ins.places) as session:
            call.no_query()
            return call.plain(sign_ins.places(session))

    @delete(
        "/sessions",
        status_code=204,
        **operation(summary="Sign out everywhere else", tag=SIGNING_IN, status=204, command=sign_ins.end_other_places),
    )
    @in_thread
    def end_others(self, call: NamedDependency[Call]) -> Response[None]:
        with call.write(sign_ins.end_other_places) as session:
            call.no_query()
            sign_ins.end_other_places(session, call.origin)
        return call.done()

    @delete(
        "/sessions/{place:str}",
        status_code=204,
        **operation(summary="Sign out at one place", tag=SIGNING_IN, status=204, command=sign_ins.end_place),
    )
    @in_thread
    def end(self, call: NamedDependency[Call], place: FromPath[str]) -> Response[None]:
        with call.write(sign_ins.end_place) as session:
            number = place_part(place)
            call.no_query()
            sign_ins.end_place(session, number, call.origin)
        return call.done()


class Tokens(Controller):
    path = "/tokens"

    @get(
        "/",
        **operation(
            summary="List your tokens, or, as an administrator, those of a `user`",
            tag=TOKENS,
            answers=Page[Token],
            query=TokenFilter,
            view=tokens.tokens,
        ),
    )
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read(tokens.tokens) as session:
            return call.page(tokens.tokens(session, call.query(TokenFilter)))

    @post(
        "/",
        **operation(
            summary="Make a token",
            tag=TOKENS,
            text="The secret is in this answer and nowhere else, ever. Administrators make tokens for others by naming a `user`.",
            answers=MadeToken,
            status=201,
            reads=NewToken,
            command=tokens.make_token,
            secret=True,
            example={"name": "Monthly export", "scope": "read", "days": 90},
        ),
    )
    @in_thread
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.write(tokens.make_token) as session:
            call.no_query()
            made = tokens.make_token(session, call.body(NewToken), call.origin)
            return call.created(made, location="/api/v1/tokens")

    @delete(
        "/{token:str}",
        status_code=204,
        **operation(summary="Revoke a token", tag=TOKENS, status=204, command=tokens.revoke_token),
    )
    @in_thread
    def remove(self, call: NamedDependency[Call], token: FromPath[str]) -> Response[None]:
        with call.write(tokens.revoke_token) as session:
            number = token_part(token)
            call.no_query()
            tokens.revoke_token(session, number, call.origin)
        return call.done()
