"""Looks a name up and answers where a request may go: an address that was checked is the one that is used."""
import asyncio
import socket
from typing import Awaitable, Callable, Sequence, Union

from .rules import Denied
from .targets import is_metadata, is_public

LOOKUP_S = 5.0
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """The system's own resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [info[4][0] for info in found]


async def checked_addresses(host: str, port: int, may_be_private: bool, resolve: Resolve = system_resolve) -> Union[Sequence[str], Denied]:
    """The addresses of a name, when every one of them is allowed; a metadata service never is."""
    try:
        found = await asyncio.wait_for(resolve(host, port), LOOKUP_S)
    except (OSError, asyncio.TimeoutError, UnicodeError):
        return Denied("address_unresolved")
    if not found:
        return Denied("address_unresolved")
    if any(is_metadata(address) for address in found):
        return Denied("address_private")
    if not may_be_private and not all(is_public(address) for address in found):
        return Denied("address_private")
    return found
