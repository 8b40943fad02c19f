"""Users and security events, for administrators."""

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain import accounts
from app.domain.accounts import NewUser, OneTimeCode, User, UserFields
from app.domain.lists import Paging
from app.domain.security_events import SecurityEvent, SecurityEventFilter, security_events
from app.domain.shapes import Page
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import user_part
from app.web.reading import MERGE_PATCH
from app.web.running import in_thread, quick

USERS, EVENTS = "Users", "Security events"


class Users(Controller):
    path = "/users"

    @get(
        "/",
        **operation(
            summary="List users in the order in which they were made", tag=USERS, answers=Page[User], query=Paging, view=accounts.users
        ),
    )
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read(accounts.users) as session:
            return call.page(accounts.users(session, call.query(Paging)))

    @post(
        "/",
        **operation(
            summary="Make a user",
            tag=USERS,
            text="The answer holds a code, shown this once, with which the user chooses a password within 24 hours "
            "(`POST /session/password`). A contributor (focal point) needs an organization.",
            answers=OneTimeCode,
            status=201,
            reads=NewUser,
            command=accounts.create_user,
            secret=True,
            example={"name": "Chen Jie", "role": "contributor", "organization": "cnsa"},
        ),
    )
    @in_thread
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.write(accounts.create_user) as session:
            call.no_query()
            code = accounts.create_user(session, call.body(NewUser), call.origin)
            return call.created(code, location=f"/api/v1/users/{code.user}")

    @get("/{user:str}", **operation(summary="One user", tag=USERS, answers=User, tagged=True, view=accounts.user))
    @quick
    def one(self, call: NamedDependency[Call], user: FromPath[str]) -> Response[bytes]:
        with call.read(accounts.user) as session:
            record = accounts.user(session, user_part(user))
            call.no_query()
        return call.record(record)

    @patch(
        "/{user:str}",
        **operation(
            summary="Change a user: name, role, organization, or disable the account",
            tag=USERS,
            text="A new role ends every sign-in of the user; disabling ends sign-ins, tokens and codes at once and for good. The last "
            "administrator stays one (409).",
            answers=User,
            tagged=True,
            reads=UserFields,
            media=MERGE_PATCH,
            matches=True,
            command=accounts.change_user,
            example={"role": "editor", "organization": "unoosa"},
        ),
    )
    @in_thread
    def change(self, call: NamedDependency[Call], user: FromPath[str]) -> Response[bytes]:
        with call.write(accounts.change_user) as session:
            row = accounts.find_user(session, user_part(user))
            call.no_query()
            now = accounts.user_fields(session, row)
            fields = call.patched(UserFields, now, matching=row, present=lambda: accounts.user(session, row.actor_id))
            accounts.change_user(session, row, fields, call.origin)
            record = accounts.user(session, row.actor_id)
            return call.record(record)

    @post(
        "/{user:str}/reset",
        **operation(
            summary="Give a user a code for a new password",
            tag=USERS,
            text="The code is shown this once and good for 24 hours. An account that was closed after too many failures opens again. "
            "Password, sign-ins and tokens go on until the code is used.",
            answers=OneTimeCode,
            status=201,
            command=accounts.reset_password,
            secret=True,
        ),
    )
    @in_thread
    def reset(self, call: NamedDependency[Call], user: FromPath[str]) -> Response[bytes]:
        with call.write(accounts.reset_password) as session:
            row = accounts.find_user(session, user_part(user))
            call.no_query()
            call.no_body()
            code = accounts.reset_password(session, row, call.origin)
            return call.created(code, location=f"/api/v1/users/{code.user}")


class SecurityEvents(Controller):
    path = "/security-events"

    @get(
        "/",
        **operation(
            summary="What happened around accounts and rights, newest first",
            tag=EVENTS,
            text="Kept for 400 days, apart from the ledger. `detail` is a short code of ours, never something that somebody typed.",
            answers=Page[SecurityEvent],
            query=SecurityEventFilter,
            view=security_events,
        ),
    )
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read(security_events) as session:
            return call.page(security_events(session, call.query(SecurityEventFilter)))
