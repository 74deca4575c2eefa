"""Where the service may post to: outside development only https addresses whose every IP address is public.

The name is resolved once, the answer is checked, and the connection goes to the checked address, so that a name
cannot point to the inside a moment later.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from screening.errors import Text
from screening.settings import settings


class Refused(RuntimeError):
    """The address is not one the service posts to."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: `pinned_url` names the IP address, `host` the name that certificate and header carry."""

    host: str
    host_header: str
    secure: bool
    pinned_url: str


def resolve(url: str) -> Target:
    """Check the address and fix its IP. Raises Refused."""
    parts, port = _parts(url)
    host = parts.hostname or ""
    if not settings().development and parts.scheme != "https":
        raise Refused(Text("is not https", "не является адресом https"))
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise Refused(Text("has a name that does not resolve", "имеет имя, которое не разрешается")) from fault
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    if not settings().development and not all(_public(address) for address in addresses):
        raise Refused(Text("is not on the public network", "не находится в общей сети"))
    address = addresses[0]
    literal = f"[{address}]" if address.version == 6 else str(address)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    header = parts.netloc.rpartition("@")[2]
    return Target(host, header, parts.scheme == "https", f"{parts.scheme}://{literal}:{port}{path}")


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as fault:
        raise Refused(Text("is not an address", "не является адресом")) from fault
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise Refused(Text("is not an http address", "не является адресом http"))
    return parts, port


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether anybody may be told to connect there. An IPv4 address in IPv6 clothes counts as what it is."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_global and not address.is_multicast
