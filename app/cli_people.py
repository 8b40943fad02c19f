"""The commands for people: users and their tokens. What they refuse is said in one line, as everywhere on the command line."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from app.actors import Role, Scope, system_actor
from app.cli_parts import Parser, opened
from app.errors import SettingsError
from app.settings import Settings

_OPERATOR = system_actor("operator")


def add_people(commands: Any) -> None:
    """Add `user …` and `token …` to the commands."""
    user = commands.add_parser("user", help="people and programs").add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    add = _named(user, "add", "add a user", _user_add)
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    add.add_argument("--organization", metavar="ID", help="the organization the user writes for, e.g. unoosa")
    _password(add)
    user.add_parser("list", help="list the users").set_defaults(run=_user_list)
    role = _named(user, "role", "give a user another role; ends every sign-in", _user_role)
    role.add_argument("--role", required=True, choices=[role.value for role in Role])
    role.add_argument("--organization", metavar="ID", help="another organization; the present one stays otherwise")
    _named(user, "disable", "close an account at once: its sign-ins and tokens are gone", _user_disable)
    _named(user, "enable", "open a disabled account again", _user_enable)
    _password(_named(user, "password", "give a user another password; ends every sign-in", _user_password))
    _named(user, "reset", "print a code with which a user chooses a password within 24 hours", _user_reset)

    token = commands.add_parser("token", help="secrets for programs").add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    create = token.add_parser("create", help="print a new token of a user; it is shown this once")
    create.add_argument("--user", required=True, metavar="NAME")
    create.add_argument("--scope", required=True, choices=[scope.value for scope in Scope])
    create.add_argument("--name", default="token", help="what it is for (default: %(default)s)")
    create.add_argument("--days", type=_days, default=365, help="how long it is good (default: %(default)s)")
    create.set_defaults(run=_token_create)
    listed = token.add_parser("list", help="list the tokens of a user, without their secrets")
    listed.add_argument("--user", required=True, metavar="NAME")
    listed.set_defaults(run=_token_list)
    revoke = token.add_parser("revoke", help="end a token")
    revoke.add_argument("id", metavar="ID", type=_token_id, help="as listed, e.g. t12")
    revoke.set_defaults(run=_token_revoke)


def _named(group: Any, word: str, text: str, run: Callable[[argparse.Namespace, Settings], int]) -> Any:
    parser = group.add_parser(word, help=text)
    parser.add_argument("name", metavar="NAME", help="the name shown to staff")
    parser.set_defaults(run=run)
    return parser


def _password(parser: Any) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", required=True, help="read the password from the first line of standard input"
    )


def _password_given() -> str:
    """The first line of standard input. Raises SettingsError, which does not repeat it, where it is no text."""
    if sys.stdin is None:
        raise SettingsError("there is no standard input to read the password from")
    try:
        password = sys.stdin.readline().rstrip("\r\n")
        password.encode()  # where the terminal is not UTF-8, what is no text was let in
    except UnicodeError:
        raise SettingsError("the password on standard input is not UTF-8") from None
    return password


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 1826:
        return int(text)
    raise argparse.ArgumentTypeError("a token is good for 1 to 1826 days")


def _token_id(text: str) -> int:
    if text.startswith("t") and text[1:].isascii() and text[1:].isdigit() and len(text) < 11:
        return int(text[1:])
    raise argparse.ArgumentTypeError("a token is named as it is listed, e.g. t12")


def _user_add(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.accounts import add_user  # argon2 is for people only

    password = _password_given()
    with opened(settings) as db, db.write(_OPERATOR) as session:
        add_user(session, args.name, Role(args.role), args.organization, password)
    print(f"added {args.role} {args.name}")
    return 0


def _user_list(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.accounts import users
    from app.domain.lists import Paging

    with opened(settings) as db, db.read(_OPERATOR) as session:
        filters = Paging(limit=200)
        while True:
            page = users(session, filters)
            for user in page.items:
                print("\t".join((user.id, user.name, user.role, user.organization or "-", "disabled" if user.disabled else "active")))
            if page.next is None:
                return 0
            filters = Paging(limit=200, cursor=page.next)


def _user_role(args: argparse.Namespace, settings: Settings) -> int:
    return _changed(args.name, settings, {"role": Role(args.role)} | ({"organization": args.organization} if args.organization else {}))


def _user_disable(args: argparse.Namespace, settings: Settings) -> int:
    return _changed(args.name, settings, {"disabled": True})


def _user_enable(args: argparse.Namespace, settings: Settings) -> int:
    return _changed(args.name, settings, {"disabled": False})


def _changed(name: str, settings: Settings, change: dict[str, Any]) -> int:
    from app.domain.accounts import UserFields, change_user, user_fields, user_named

    with opened(settings) as db, db.write(_OPERATOR) as session:
        row = user_named(session, name)
        now = user_fields(session, row)
        change_user(session, row, UserFields(**(now | {"role": Role(row.role)} | change)))
        after = user_fields(session, row)
    print(
        f"{after['name']}: {after['role']}, {after['organization'] or 'no organization'}, {'disabled' if after['disabled'] else 'active'}"
    )
    return 0


def _user_password(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.accounts import set_password, user_named

    password = _password_given()
    with opened(settings) as db, db.write(_OPERATOR) as session:
        set_password(session, user_named(session, args.name), password)
    print(f"{args.name} has another password")
    return 0


def _user_reset(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.accounts import reset_password, user_named

    with opened(settings) as db, db.write(_OPERATOR) as session:
        code = reset_password(session, user_named(session, args.name))
    print(code.code)
    return 0


def _token_create(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.tokens import create_token

    with opened(settings) as db, db.write(_OPERATOR) as session:
        secret = create_token(session, args.user, Scope(args.scope), name=args.name, days=args.days)
    print(secret)
    return 0


def _token_list(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.accounts import id_of
    from app.domain.tokens import TokenFilter, tokens

    with opened(settings) as db, db.read(_OPERATOR) as session:
        filters = TokenFilter(limit=200, user=id_of(session, args.user))
        for token in tokens(session, filters).items:
            print("\t".join((token.id, token.name, token.scope, f"until {token.expires_at[:10]}", f"used {token.last_used_on or 'never'}")))
    return 0


def _token_revoke(args: argparse.Namespace, settings: Settings) -> int:
    from app.domain.tokens import revoke_token

    with opened(settings) as db, db.write(_OPERATOR) as session:
        revoke_token(session, args.id)
    print(f"revoked t{args.id}")
    return 0
