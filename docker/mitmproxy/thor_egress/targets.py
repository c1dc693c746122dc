"""Names and addresses of targets, in one normal form. Pure: nothing here looks anything up."""
import ipaddress
import re
from typing import Optional

_LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
_METADATA = {
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
}
# Forms that carry an IPv4 address inside an IPv6 one: the other end decides where they lead.
_TRANSLATED = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]


def looks_like_address(host: str) -> bool:
    """Whether a name is an IP address in any notation: dotted, decimal, octal, hexadecimal, or IPv6."""
    if ":" in host or "[" in host:
        return True
    last = host.rstrip(".").rsplit(".", 1)[-1]
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last, re.IGNORECASE) is not None


def normal_host(host: str) -> Optional[str]:
    """Lower case ASCII without the final dot; None for what is no plain host name."""
    if host.endswith("."):
        host = host[:-1]
    try:
        ascii_name = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    name = ascii_name.lower()
    if len(name) > 253 or looks_like_address(name):
        return None
    return name if name and all(_LABEL.match(label) for label in name.split(".")) else None


def split_authority(text: str) -> Optional[tuple[str, Optional[int]]]:
    """`host` or `host:port` in normal form; None for everything else, user info and escapes included."""
    host, colon, port = text.partition(":")
    name = normal_host(host)
    if name is None or (colon and not re.fullmatch(r"[0-9]{1,5}", port)):
        return None
    return name, int(port) if colon else None


def is_metadata(address: str) -> bool:
    """Whether an address belongs to a cloud's metadata service, which hands out credentials."""
    return ipaddress.ip_address(address.split("%")[0]) in _METADATA


def is_public(address: str) -> bool:
    """Whether an address is global unicast and nothing that leads back inside."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if ip.version == 6 and (ip.ipv4_mapped is not None or any(ip in network for network in _TRANSLATED)):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not is_metadata(address)
