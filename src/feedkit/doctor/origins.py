"""Which servers may be asked: that of the address that the user named, and those named besides."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from ..errors import FeedkitError, show

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Whom a request goes to (RFC 9110, 4.3.1)."""

    scheme: str
    host: str
    port: int

    @property
    def server(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host  # RFC 3986, 3.2.2
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Reach(NamedTuple):
    """The origin that the user named, and the servers named besides."""

    origin: Origin
    also: frozenset[str] = frozenset()

    def allows(self, url: str) -> bool:
        """Return whether an address may be asked."""
        origin = find_origin(url)
        return origin is not None and (origin == self.origin or origin.server in self.also)


def make_reach(url: str, also: tuple[str, ...] = ()) -> Reach:
    """Return what may be asked where the user named `url`.

    Args:
        url: An address.
        also: Servers, as `Origin.server` names them.

    Raises:
        FeedkitError: It is no address.
    """
    origin = find_origin(url)
    if origin is None:
        raise FeedkitError(f"expected an http(s) address without user, got {show(url)}")
    return Reach(origin, frozenset(also))


def find_origin(url: str) -> Origin | None:
    """Return the origin of an http(s) address, None where it is another, or has a user."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not _is_usual(parts):
        return None
    return Origin(parts.scheme, parts.hostname or "", port or _PORTS[parts.scheme])


def _is_usual(parts: SplitResult) -> bool:
    return parts.scheme in _PORTS and bool(parts.hostname) and "@" not in parts.netloc


def is_loopback(origin: Origin) -> bool:
    """Return whether it is this machine itself."""
    try:
        return ip_address(origin.host).is_loopback
    except ValueError:
        return origin.host == "localhost"
