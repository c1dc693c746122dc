"""What a request must look like before any rule is asked. Pure: takes the raw parts, answers a denial code or None."""
import re
from typing import Optional, Sequence

Fields = Sequence[tuple[bytes, bytes]]

MAX_HEADERS = 100
MAX_HEADER_BYTES = 64 * 1024
_ONCE = ("content-length", "transfer-encoding", "authorization")
_AMBIGUOUS = re.compile(r"%(?:2e|2f|5c|00|25)|\\|//|/\.{1,2}(?:/|$)|;|[^\x21-\x7e]", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHOD = re.compile(r"[A-Z]{1,20}")


def named(fields: Fields, name: str) -> list[bytes]:
    """All values of a header, in order."""
    wanted = name.lower().encode()
    return [value for key, value in fields if key.lower() == wanted]


def _is_broken(fields: Fields) -> bool:
    if len(fields) > MAX_HEADERS or sum(len(key) + len(value) + 4 for key, value in fields) > MAX_HEADER_BYTES:
        return True
    return any(not _TOKEN.fullmatch(key) or re.search(rb"[\r\n\0]", value) for key, value in fields)


def header_fault(fields: Fields, allows_upgrade: bool) -> Optional[str]:
    """Why the headers cannot be trusted to mean one thing to everybody who reads them."""
    length, encoding = named(fields, "content-length"), named(fields, "transfer-encoding")
    repeated = any(len(named(fields, name)) > 1 for name in _ONCE)
    unknown = any(value.lower() != b"chunked" for value in encoding)
    malformed = any(not re.fullmatch(rb"[0-9]{1,15}", value) for value in length)
    if _is_broken(fields) or repeated or unknown or malformed or (length and encoding):
        return "smuggling_suspected"
    if any(value.lower() != b"100-continue" for value in named(fields, "expect")):
        return "smuggling_suspected"
    if named(fields, "upgrade") and not allows_upgrade:
        return "upgrade_not_allowed"
    return None


def path_fault(path: str) -> Optional[str]:
    """Whether two readers could take a path (before `?`) for different ones."""
    return "path_ambiguous" if not path.startswith("/") or _AMBIGUOUS.search(path) else None


def method_fault(method: str) -> Optional[str]:
    """Methods that are no plain request."""
    return None if _METHOD.fullmatch(method) and method not in ("TRACE", "CONNECT") else "method_not_allowed"


def connection_listed(fields: Fields) -> set[str]:
    """Headers that the client calls its connection's own: they never travel on."""
    listed = b",".join(named(fields, "connection")).decode("latin-1").lower()
    return {name.strip() for name in listed.split(",") if name.strip()}
