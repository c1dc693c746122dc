"""Rules and the one that decides. Pure: a target and a request in, a verdict out."""
import re
from dataclasses import dataclass, field
from typing import Callable, Mapping, Optional, Sequence, Union

from .requests import path_fault
from .targets import looks_like_address

Lookup = Callable[[str], Optional[str]]
_PLACE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
READ = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Rule:
    """
    One thing that may leave. `host` and a `pattern` may name variables; so may the values of `headers`. `mode`: inject
    adds the headers, passthrough nothing, tunnel does not open the connection. `never`: hosts it does not speak for.
    """

    id: str
    host: Optional[str] = None
    host_suffix: Optional[str] = None
    clients: frozenset = frozenset({"agent"})
    port: int = 443
    scheme: str = "https"
    methods: Optional[frozenset] = None
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    forbid_query: tuple = ()
    mode: str = "inject"
    private: bool = False
    keeps_claim: bool = False
    never: frozenset = frozenset()


@dataclass(frozen=True)
class Request:
    client: str
    host: str
    port: int
    scheme: str
    method: str
    path: str
    query: str = ""


@dataclass(frozen=True)
class Allowed:
    rule: Rule
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Denied:
    code: str
    detail: str = ""


Verdict = Union[Allowed, Denied]

# The further a request came through the rules of its host, the more its denial says.
_DEPTH = ("host_not_allowed", "scheme_not_https", "port_not_allowed", "method_not_allowed", "path_not_allowed", "query_not_allowed")


def fill(text: str, lookup: Lookup, spell: Callable[[str], str] = lambda value: value) -> Union[str, Denied]:
    """Puts variables into their places; a denial names the first that is not set."""
    for name in _PLACE.findall(text):
        if lookup(name) is None:
            return Denied("variable_unset", name)
    return _PLACE.sub(lambda found: spell(lookup(found[1]) or ""), text)


def host_matches(rule: Rule, host: str, lookup: Lookup) -> bool:
    """An exact host, or one below a suffix that begins with a dot; a host whose variable is unset matches nothing, nor does an address."""
    if host in rule.never or looks_like_address(host):
        return False
    if rule.host_suffix is not None:
        return host.endswith(rule.host_suffix.lower()) and len(host) > len(rule.host_suffix)
    wanted = fill(rule.host or "", lookup)
    return isinstance(wanted, str) and wanted.lower() == host


def _path_matches(path: Mapping[str, str], given: str, lookup: Lookup) -> bool:
    for kind, text in path.items():
        wanted = fill(text, lookup, re.escape if kind == "pattern" else lambda value: value)
        if isinstance(wanted, Denied):
            return False
        base = wanted.rstrip("/")
        matches = {
            "exact": lambda: given == wanted,
            "prefix": lambda: given == base or given.startswith(base + "/"),
            "suffix": lambda: given.endswith(wanted),
            "pattern": lambda: re.fullmatch(wanted, given) is not None,
        }[kind]
        if not matches():
            return False
    return True


def _why_not(rule: Rule, asked: Request, lookup: Lookup) -> Optional[str]:
    if asked.client not in rule.clients or not host_matches(rule, asked.host, lookup):
        return "host_not_allowed"
    if asked.scheme != rule.scheme:
        return "scheme_not_https"
    if asked.port != rule.port:
        return "port_not_allowed"
    if rule.methods is not None and asked.method not in rule.methods:
        return "method_not_allowed"
    if rule.path and path_fault(asked.path):
        return "path_ambiguous"
    if not _path_matches(rule.path, asked.path, lookup):
        return "path_not_allowed"
    names = {part.partition("=")[0].lower() for part in asked.query.split("&")}
    if names & set(rule.forbid_query) or (rule.forbid_query and "%" in "".join(names)):
        return "query_not_allowed"
    return None


def _injection(rule: Rule, lookup: Lookup) -> Verdict:
    headers = {}
    for name, value in rule.headers.items():
        filled = fill(value, lookup)
        if isinstance(filled, Denied):
            return filled
        headers[name] = filled
    return Allowed(rule, headers)


def decide(rules: Sequence[Rule], asked: Request, lookup: Lookup) -> Verdict:
    """The first rule that matches decides; without one, the denial names how far any rule of the host came."""
    deepest = "host_not_allowed"
    for rule in rules:
        why = _why_not(rule, asked, lookup)
        if why is None:
            return _injection(rule, lookup)
        if why == "path_ambiguous":
            return Denied(why)
        deepest = max(deepest, why, key=_DEPTH.index)
    return Denied(deepest)


def may_connect(rules: Sequence[Rule], client: str, host: str, port: int, lookup: Lookup) -> Optional[str]:
    """Why no tunnel is opened to a host and port: no rule of this client names them."""
    named = [rule for rule in rules if client in rule.clients and rule.scheme == "https" and host_matches(rule, host, lookup)]
    if not named:
        return "host_not_allowed"
    return None if any(rule.port == port for rule in named) else "port_not_allowed"
