"""Text to canonical URLs and permanent ids (RFC 3986, RFC 4122, RFC 5890)."""

from __future__ import annotations

import re
from hashlib import sha1
from ipaddress import IPv6Address
from urllib.parse import urljoin
from uuid import NAMESPACE_URL

from .errors import UrlError

# Nearly every address is canonical already; this sees it in a microsecond. It has no query, no
# fragment, no percent sign, no port, no upper-case host and no final dot that could need work.
_CANONICAL = re.compile(
    r"https?://(?:[a-z0-9_-]+\.)*[a-z0-9_-]+/[A-Za-z0-9\-._~!$&'()*+,;=:@/]*", re.ASCII
)
_PARTS = re.compile(
    r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL | re.ASCII
)
_HOST = re.compile(r"[a-z0-9\-._~!$&'()*+,;=]+", re.ASCII)
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# RFC 3986, 3.3 to 3.5: what may stand in a path, a query and a fragment as it is.
_UNSAFE = {
    part: re.compile(rf"%(?![0-9A-Fa-f]{{2}})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%{more}]")
    for part, more in (("path", ""), ("query", "?"), ("fragment", "?"))
}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
# RFC 3986, 3: brackets stand around an IP address alone, and a percent sign before two digits.
_CHARACTER = r"(?:[!$&-;=?-Z_a-z~]|%[0-9a-f]{2})"
_URI = re.compile(
    r"(?!https?:)[a-z][a-z0-9+.-]*:(?=.)(?://\[[0-9a-f:.]+\](?=[:/?#]|\Z))?"
    rf"{_CHARACTER}*(?:#{_CHARACTER}*)?",
    re.IGNORECASE | re.ASCII,
)
_TRACKING = re.compile(r"utm_[^=]*|fbclid|gclid", re.IGNORECASE | re.ASCII)
_NAMESPACE = NAMESPACE_URL.bytes
NO_URL = "no absolute http(s) URL"
"""Why most addresses are refused."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(text: str) -> str:
    """Return the one spelling under which feedkit writes the address of an article.

    Tracking parameters and text fragments go; everything else that could name another page
    stays as it is.

    Raises:
        UrlError: It is no absolute http(s) URL, has no host, or names a user.
    """
    if _CANONICAL.fullmatch(text):
        return text
    start, path, query, fragment = _split_url(text)
    if query is not None:
        kept = [
            part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0])
        ]
        query = "&".join(kept) or None
    if fragment is not None and (not fragment or fragment.startswith(":~:")):
        fragment = None
    return _join_url(start, path, query, fragment)


def is_canonical(text: object) -> bool:
    """Return whether `text` is a canonical URL: True only where a glance tells, as for most."""
    return type(text) is str and _CANONICAL.fullmatch(text) is not None


def clean_url(text: str, base: str = "") -> str:
    """Return the address of a picture or a file, made absolute and legal, nothing dropped.

    Args:
        text: Relative or absolute.
        base: What a relative one is relative to; none where empty.

    Raises:
        UrlError: As `canonical_url`.
    """
    if _CANONICAL.fullmatch(text):
        return text
    text = _CONTROL.sub("", text).strip()
    if base and text:
        try:
            text = urljoin(base, text)
        except ValueError as error:  # "//[x" and the like
            raise UrlError(NO_URL) from error
    return _join_url(*_split_url(text))


def article_key(url: str) -> str:
    """Return what makes two addresses one article: the canonical `url` without its scheme."""
    return url.partition("://")[2]


def article_id(url: str) -> str:
    """Return the ``urn:uuid:`` of a canonical `url`, the same for http and https."""
    return uuid_urn(url.replace("http:", "https:", 1) if url.startswith("http:") else url)


def uuid_urn(text: str) -> str:
    """Return the name-based UUID of `text` in the URL namespace (RFC 4122, 4.3) as a URN.

    ``uuid.uuid5`` gives the same and costs six times as much, once for each entry and link.
    """
    digest = sha1(_NAMESPACE + text.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return (
        f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}"
        f"-{variant}{digest[17:20]}-{digest[20:32]}"
    )


def explicit_id(text: str) -> str:
    """Return a record's own id as feeds write it.

    A URI stays as it is, but for http: yarr shows each update of such an entry as a new one.
    """
    if _UUID.fullmatch(text):
        return f"urn:uuid:{text.lower()}"
    return text if _URI.fullmatch(text) else uuid_urn("feedkit:" + text)


def clean_host(host: str) -> str:
    """Return `host` in lower case and as A-labels, without final dots.

    Raises:
        UrlError: It is empty or not a host name.
    """
    host = host.rstrip(".") if host.isascii() else host
    if not host.isascii():
        import idna  # 2 ms that most records save

        try:
            host = idna.encode(host, uts46=True).decode().rstrip(".")
        except (idna.IDNAError, UnicodeError) as error:
            raise UrlError("host") from error
    host = host.lower()
    if not host:
        raise UrlError("no host")
    if not (_HOST.fullmatch(host) or _is_ipv6(host)):
        raise UrlError("host")
    return host


def _is_ipv6(host: str) -> bool:
    try:
        return bool(_IPV6.fullmatch(host) and IPv6Address(host[1:-1]))
    except ValueError:
        return False


def _split_url(text: str) -> tuple[str, str, str | None, str | None]:
    """Return scheme with authority, path, query and fragment, of which the first is clean."""
    match = _PARTS.fullmatch(_CONTROL.sub("", text).strip())
    if match is None:
        raise UrlError(NO_URL)
    scheme, authority, path, query, fragment = match.groups()
    scheme = scheme.lower()
    if "@" in authority:
        raise UrlError("user information")
    host, port = _split_port(authority)
    host = clean_host(host)
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    return f"{scheme}://{host}", path or "/", query, fragment


def _split_port(authority: str) -> tuple[str, int | None]:
    end = authority.rfind("]") + 1
    host, _, port = authority[end:].partition(":")
    host = authority[:end] + host
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) < 9 and int(port) < 65536):
        raise UrlError("port")
    return host, int(port)


def _join_url(start: str, path: str, query: str | None, fragment: str | None) -> str:
    url = start + _escape("path", path)
    if query:
        url += "?" + _escape("query", query)
    if fragment is not None:
        url += "#" + _escape("fragment", fragment)
    return url


def _escape(part: str, text: str) -> str:
    return _UNSAFE[part].sub(_percent_encode, text)


def _percent_encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))
