"""Which addresses that a user names may the house speak to? Public ones, on usual ports, spelled in one way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import idna

IpAddress = IPv4Address | IPv6Address

SECURE_PORTS = frozenset({443, 8443})
PLAIN_PORTS = frozenset({80, 8080})
LONGEST_URL = 2_000

# Beside what `ipaddress` knows: its tables were wrong before (CVE-2024-4032), and a wrapper hides another address.
NEVER = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        # Unspecified, loopback, IPv4 inside IPv6 in all its forms, NAT64, discard, Teredo, ORCHID, documentation,
        # 6to4, segment routing, unique local, link local, site local, multicast.
        *(
            "::/96",
            "::ffff:0:0/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
        ),
        *(
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
VISIBLE = re.compile(r"[\x21-\x7e]+")


class AddressRefused(Exception):
    """The house speaks to no such address; the text says why."""


@dataclass(frozen=True)
class AddressRules:
    """What this installation allows. Loopback is for developing and tests; production refuses the setting."""

    allows_http: bool = True
    allows_loopback: bool = False


@dataclass(frozen=True)
class Target:
    """A URL taken apart; `url` is its one spelling."""

    url: str
    scheme: str
    host: str
    port: int


def target_of(url: str, rules: AddressRules, *, allows_http: bool = False) -> Target:
    """The URL as it will be asked for. Refuses with AddressRefused; a name is looked up later, at connecting."""
    if len(url) > LONGEST_URL or any(ord(each) <= 0x20 or ord(each) == 0x7F for each in url) or "\\" in url:
        raise AddressRefused(
            "an address has no blanks, line ends or backslashes, and 2,000 characters at most"
        )
    try:
        parts = urlsplit(url)
        port, name = parts.port, parts.hostname
    except ValueError:
        raise AddressRefused("it is no address such as https://hooks.example.com/path") from None
    if parts.scheme not in ("https", "http"):
        raise AddressRefused("only https addresses are spoken to")
    if parts.scheme == "http" and not (allows_http and rules.allows_http):
        raise AddressRefused(
            "an address without TLS must be allowed explicitly, where the installation does at all"
        )
    if "@" in parts.netloc or parts.fragment or not name:
        raise AddressRefused("an address names a host, and neither a user nor a fragment")
    host = _host(name)
    port = port if port is not None else 443 if parts.scheme == "https" else 80
    literal = _literal(host)
    if literal is not None and not is_allowed(literal, rules):
        raise AddressRefused(f"{host} is no public address")
    is_local = literal is not None and literal.is_loopback
    if port not in (SECURE_PORTS if parts.scheme == "https" else PLAIN_PORTS) and not (
        is_local and port >= 1_024
    ):
        raise AddressRefused(f"port {port} is none that receivers of webhooks use")
    shown = f"[{host}]" if isinstance(literal, IPv6Address) else host
    usual = port == (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not VISIBLE.fullmatch(path):
        raise AddressRefused("write other letters than ASCII in the path as %XX")
    return Target(f"{parts.scheme}://{shown}{'' if usual else f':{port}'}{path}", parts.scheme, host, port)


def allowed_of(answers: Sequence[str], rules: AddressRules) -> list[IpAddress]:
    """All addresses of a name, if all of them may be spoken to: one that may not is a trap."""
    addresses = [ip_address(each.partition("%")[0]) for each in answers]
    refused = [each for each in addresses if not is_allowed(each, rules)]
    if refused or not addresses:
        raise AddressRefused(
            f"the name leads to {refused[0]}, which is no public address" if refused else "no address"
        )
    return addresses


def is_allowed(address: IpAddress, rules: AddressRules) -> bool:
    """Is it globally routable, by the library's list and by ours?"""
    if rules.allows_loopback and address in (ip_address("127.0.0.1"), ip_address("::1")):
        return True
    listed = any(address.version == network.version and address in network for network in NEVER)
    return address.is_global and not address.is_multicast and not address.is_reserved and not listed


def _host(name: str) -> str:
    """The name in ASCII and small letters, without the dot of the root."""
    if ":" in name:
        return name.lower()
    try:
        host = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise AddressRefused("the host is no name that there can be") from None
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("the host is no name that there can be")
    return host


def _literal(host: str) -> IpAddress | None:
    """The address that is written out, in the one usual form; resolvers read 0x7f.1 and 2130706433 too."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    last = host.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        raise AddressRefused("write an address of version 4 as four decimal numbers")
    return None
