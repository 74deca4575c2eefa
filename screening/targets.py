"""Where the service may post to: https addresses whose every IP address is public or in an allowed network.

The name is resolved once, the answer is checked, and the connection goes to the checked address, so that a name
cannot point to the inside a moment later. Plain http goes to allowed networks in development only.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from screening.errors import Text
from screening.settings import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Addresses at which clouds tell a machine its own secrets and that lie in public ranges; the others are link-local.
METADATA = frozenset({ipaddress.IPv4Address("168.63.129.16"), ipaddress.IPv4Address("192.0.0.192")})


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
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise Refused(Text("has a name that does not resolve", "имеет имя, которое не разрешается")) from fault
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    inside = [address for address in addresses if not _public(address)]
    if any(not _allowed(address) for address in inside):
        raise Refused(Text("is not on the public network", "не находится в общей сети"))
    if parts.scheme != "https" and not (settings().development and len(inside) == len(addresses)):
        raise Refused(Text("is not https", "не является адресом https"))
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


def _public(address: Address) -> bool:
    """Whether anybody may be told to connect there, whatever clothes an IPv4 address comes in."""
    carried = _carried(address)
    if carried is not None:
        return _public(carried)
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in METADATA


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to: mapped, 6to4, Teredo or by NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _allowed(address: Address) -> bool:
    return any(address.version == network.version and address in network for network in settings().allowed_networks)
