"""Cookies, and requests that another site made a browser send.

A browser adds its cookies to whatever it sends. So a request with a session's cookie changes
something only where it comes from a page of this service and carries that session's token.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address

from features.errors import RequestRefused
from serving.access.people.sessions import csrf_token

COOKIE = "liuke_session"
CSRF = b"x-csrf-token"
SAFE = ("GET", "HEAD")

Headers = Mapping[bytes, bytes]


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies of a request by name."""
    pairs = headers.get(b"cookie", b"").decode("latin-1").split(";")
    return {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in pairs)}


def is_secure(headers: Headers) -> bool:
    """Whether cookies may travel over TLS alone: everywhere but on this machine itself."""
    host = headers.get(b"host", b"").decode("latin-1")
    name = host.rpartition("]")[0].removeprefix("[") or host.partition(":")[0]
    try:
        return not ip_address(name).is_loopback
    except ValueError:
        return name != "localhost"


def cookie_name(name: str, headers: Headers) -> str:
    """The name, with the prefix by which browsers let no other host and no plain HTTP set it."""
    return f"__Host-{name}" if is_secure(headers) else name


def set_cookie(headers: Headers, name: str, value: str, seconds: int | None, same_site: str) -> str:
    """The header `Set-Cookie`; 0 seconds remove the cookie, null: while the browser runs."""
    secure = "; Secure" if is_secure(headers) else ""
    age = "" if seconds is None else f"Max-Age={seconds}; "
    return (
        f"{cookie_name(name, headers)}={value}; Path=/; {age}HttpOnly; SameSite={same_site}{secure}"
    )


def session_token(headers: Headers) -> str:
    """The token of the session's cookie, empty without one."""
    return cookies_of(headers).get(cookie_name(COOKIE, headers), "")


def comes_from_here(headers: Headers) -> bool:
    """Whether a browser says that one of our own pages sent it; not where it says nothing."""
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is None and origin is None:
        return False
    is_own = origin is None or origin.partition(b"://")[2] == headers.get(b"host")
    return is_own and site in (None, b"same-origin")


def expect_own_page(headers: Headers, method: str, token: str) -> None:
    """Raises RequestRefused (`csrf`) unless this session's own page sent what changes something."""
    if method in SAFE:
        return
    sent = headers.get(CSRF, b"")
    if not comes_from_here(headers) or not hmac.compare_digest(sent, csrf_token(token).encode()):
        raise RequestRefused(
            "csrf",
            "a request with a session comes from a page of this service and carries the header "
            "X-CSRF-Token; GET /session has it",
        )


def expect_no_other_site(headers: Headers) -> None:
    """Raises RequestRefused (`csrf`) where a browser says that another site sent it."""
    says = b"sec-fetch-site" in headers or b"origin" in headers
    if says and not comes_from_here(headers):
        raise RequestRefused("csrf", "another site sent this request; sign in on a page of ours")
