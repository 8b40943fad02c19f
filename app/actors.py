"""Who acts: roles, scopes, and the permissions they give."""

import enum

import msgspec

from app.errors import Forbidden, SignInRequired


class Role(enum.StrEnum):
    READER = "reader"
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    ADMIN = "admin"


class Scope(enum.StrEnum):
    READ = "read"
    DRAFT = "draft"
    PUBLISH = "publish"
    ADMIN = "admin"


class Permission(enum.IntEnum):
    """What a command asks for. Roles and scopes are cumulative, so a permission is the rank that is needed of both."""

    READ = 0
    DRAFT = 1
    PUBLISH = 2
    ADMIN = 3


_ROLE_RANK = {role: rank for rank, role in enumerate(Role)}
_SCOPE_RANK = {scope: rank for rank, scope in enumerate(Scope)}


class Actor(msgspec.Struct, frozen=True):
    """Somebody who asks for something; `id` is opaque and the only part of a person that enters the ledger."""

    id: str
    role: Role = Role.READER
    scope: Scope = Scope.READ
    organization: str | None = None
    signed_in: bool = False
    sign_in: int | None = None
    """The key of the place he is signed in at; None for a token, and for the program itself."""

    def may(self, permission: Permission) -> bool:
        """True where both the role and the scope of the token allow it."""
        return min(_ROLE_RANK[self.role], _SCOPE_RANK[self.scope]) >= permission

    def require(self, permission: Permission) -> None:
        """Raise SignInRequired for somebody unknown and Forbidden for somebody who may not."""
        if self.may(permission):
            return
        raise Forbidden() if self.signed_in else SignInRequired()

    def require_account(self) -> None:
        """Raise unless he may change his own account: that takes a sign-in, or a token that may do everything."""
        if not self.signed_in:
            raise SignInRequired
        if self.sign_in is None and self.scope is not Scope.ADMIN:
            raise Forbidden("sign_in_needed")

    @property
    def is_staff(self) -> bool:
        """Editors and administrators see drafts and the names of people, whatever their token may change."""
        return _ROLE_RANK[self.role] >= Permission.PUBLISH

    @property
    def is_focal_point(self) -> bool:
        """Somebody who drafts for an organization, and sees what it has drafted."""
        return _ROLE_RANK[self.role] >= Permission.DRAFT and self.organization is not None


ANONYMOUS = Actor(id="anonymous")


def system_actor(name: str) -> Actor:
    """The program itself at work, e.g. `system:seed`."""
    return Actor(id=f"system:{name}", role=Role.ADMIN, scope=Scope.ADMIN, organization="unoosa", signed_in=True)
