"""Where a request comes from: the origins we are, the cookie of a sign-in, the address of the client.

The same-origin rule: a request that changes something and carries our cookie, and every form that signs somebody in, must name one of
our own origins in `Origin`; where the browser says `Sec-Fetch-Site` it must be `same-origin`. Nothing else is taken for an answer, least
of all silence: programs use tokens.
"""

import ipaddress
import re
from typing import Any

from app.domain.people import Credential
from app.domain.security_events import Origin
from app.errors import Forbidden, SignInRequired
from app.settings import Settings

SECURE_COOKIE, PLAIN_COOKIE = "__Host-hainan", "hainan"
REQUEST_ID = "hainan.request"
_AGENT_LENGTH = 120
_AGENT = re.compile(r"[^\x20-\x7e]")


def own_origins(settings: Settings) -> frozenset[str]:
    """The origins of our own pages; without a setting, the hosts by plain http without a port."""
    return frozenset(settings.origins or (f"http://{host}" for host in settings.hosts))


def all_values(scope: Any, name: bytes) -> list[str]:
    return [value.decode("latin-1") for known, value in scope["headers"] if known == name]


def require_own_origin(scope: Any, settings: Settings) -> None:
    """Raise Forbidden unless the request says that it comes from a page of ours."""
    origins, sites = all_values(scope, b"origin"), all_values(scope, b"sec-fetch-site")
    if len(origins) != 1 or origins[0] not in own_origins(settings) or any(site != "same-origin" for site in sites):
        raise Forbidden("foreign_origin")


def cookie_of(scope: Any, settings: Settings) -> str | None:
    """The secret in our cookie, if the request has one. Where https is configured, only the name that is bound to this host counts."""
    pairs = [pair.strip().partition("=") for header in all_values(scope, b"cookie") for pair in header.split(";")]
    return next((value.strip(' "') for name, _, value in pairs if name == cookie_name(settings)), None)


def cookie_name(settings: Settings) -> str:
    return SECURE_COOKIE if settings.is_secure else PLAIN_COOKIE


def signed_in_cookie(secret: str, settings: Settings) -> str:
    """The value of Set-Cookie for a sign-in; it ends with the browser, or when the server says so."""
    secure = "; Secure" if settings.is_secure else ""
    return f"{cookie_name(settings)}={secret}; Path=/{secure}; HttpOnly; SameSite=Lax"


def signed_out_cookie(settings: Settings) -> str:
    return f"{signed_in_cookie('', settings)}; Max-Age=0"


def credential_of(scope: Any, settings: Settings) -> Credential | None:
    """What a request shows to say who asks: a bearer token, else our cookie. Raises SignInRequired for another scheme."""
    headers = all_values(scope, b"authorization")
    if not headers:
        cookie = cookie_of(scope, settings)
        return None if cookie is None else Credential(cookie, is_cookie=True)
    scheme, _, secret = headers[0].partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer":
        raise SignInRequired
    return Credential(secret.strip(" "))


def origin_of(scope: Any, settings: Settings) -> Origin:
    """The client's address, its program (shortened), and the id of the request."""
    agent = _AGENT.sub("?", " ".join(all_values(scope, b"user-agent")))[:_AGENT_LENGTH].strip()
    return Origin(_address(scope, settings.trusted_proxies), agent or None, scope.get(REQUEST_ID))


def _address(scope: Any, proxies: tuple[str, ...]) -> str | None:
    """The peer, unless it is a proxy we trust: then the last address in X-Forwarded-For that is none of these."""
    peer = _plain((scope.get("client") or ("",))[0])
    if not _is_among(peer, proxies):
        return peer
    named = [_plain(part.strip()) for header in all_values(scope, b"x-forwarded-for") for part in header.split(",")]
    return next((address for address in reversed(named) if not _is_among(address, proxies)), peer)


def _plain(text: str) -> str | None:
    """An address in its one spelling; None for what is no address."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _is_among(address: str | None, proxies: tuple[str, ...]) -> bool:
    return address is not None and any(ipaddress.ip_address(address) in ipaddress.ip_network(proxy) for proxy in proxies)
