"""Which network asks? The one that is counted, since one client may have very many addresses."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str) -> str:
    """The network that is counted: an IPv4 address, or the /64 of an IPv6 address, all of which is one client's."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
