"""
The operators' own rules, from thor.json. A faulty file only takes rights away:

  valid                  its rules
  JSON with faults       last good rules that stand in it unchanged and valid
  unreadable             last good rules for a minute from the first failure, then none

The samples that this validator and Thor's own agree on: packages/workspace-config/egress-samples.json.
"""
import json
import re
from dataclasses import dataclass
from typing import Any, Optional

from .rules import READ, Rule

PATIENCE_S = 60.0
MAX_BYTES = 256 * 1024

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_SUFFIX = re.compile(r"\.[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_UNSETTABLE = re.compile(r"host|connection|content-length|transfer-encoding|proxy-.*", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_REFUSED = re.compile(
    r"(?:THOR|SLACK|GITHUB|VOUCH|AWS|PSQL|DAYTONA|METABASE|LD|SCOUT|GRAFANA|LANGFUSE|POSTHOG|MCP|CODEX_LB)_.*"
    r"|(?:CRON_SECRET|DATABASE_URL|ATLASSIAN_AUTH)(?:_.*)?"
)
_SECRETS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{20,}|\bAIza[0-9A-Za-z_-]{35}\b"
    r"|\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}|\bdtn_[0-9a-f]{32,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]+:[^\s/:@]+@[^\s/]+"
)
_KEYS = {"host", "host_suffix", "path_prefix", "path_suffix", "methods", "readonly", "headers"}


def header_fault(name: str, value: Any) -> Optional[str]:
    """Why an operator's header may not be set."""
    if not _HEADER.fullmatch(name) or _UNSETTABLE.fullmatch(name):
        return f"{name} is a header that may not be set"
    if not isinstance(value, str) or not value or re.search(r"[\r\n\0]", value):
        return f"{name} must be one line"
    names = _VARIABLE.findall(value)
    if len(names) != value.count("${"):
        return f"{name} has a place that does not name a variable"
    refused = next((one for one in names if _REFUSED.fullmatch(one)), None)
    if refused is not None:
        return f"{name} may not use {refused}"
    return f"{name} holds a secret" if _SECRETS.search(value) else None


def rule_fault(rule: Any) -> Optional[str]:
    """Why an entry of `mitmproxy` is no rule."""
    if not isinstance(rule, dict) or not set(rule) <= _KEYS:
        return "is no rule, or has an unknown key"
    host, suffix, methods = rule.get("host"), rule.get("host_suffix"), rule.get("methods")
    if ("host" in rule) == ("host_suffix" in rule):
        return "needs exactly one of host and host_suffix"
    name, shape = (host, _HOST) if "host" in rule else (suffix, _SUFFIX)
    if not isinstance(name, str) or not shape.fullmatch(name):
        return "names no host"
    paths = [rule[key] for key in ("path_prefix", "path_suffix") if key in rule]
    if any(not isinstance(path, str) or not path.startswith("/") for path in paths):
        return "has a path that does not start with /"
    if "methods" in rule and "readonly" in rule:
        return "has both methods and readonly"
    listed = isinstance(methods, list) and methods and all(isinstance(one, str) and re.fullmatch("[A-Z]+", one) for one in methods)
    if ("methods" in rule and not listed) or not isinstance(rule.get("readonly", False), bool):
        return "lists no methods"
    headers = rule.get("headers")
    if not isinstance(headers, dict) or not headers:
        return "needs at least one header"
    return next((fault for name, value in headers.items() if (fault := header_fault(name, value))), None)


def passthrough_fault(host: Any) -> Optional[str]:
    """Why an entry of `mitmproxy_passthrough` is no host."""
    return None if isinstance(host, str) and (_HOST.fullmatch(host) or _SUFFIX.fullmatch(host)) else "names no host"


@dataclass(frozen=True)
class Entries:
    """The entries of one text: rules and hosts, as the file says them."""

    rules: tuple = ()
    passthrough: tuple = ()


@dataclass(frozen=True)
class Reading:
    """One reading of the file: what is valid in it, and what is wrong."""

    entries: Optional[Entries]
    faults: tuple = ()


def _unique(pairs: list) -> dict:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise KeyError("a key stands twice")
    return dict(pairs)


def read_text(data: bytes) -> Reading:
    """Reads a text; unreadable ones have no entries at all."""
    faults: list = []
    if len(data) > MAX_BYTES:
        return Reading(None, ("is larger than 256 kB",))
    try:
        text = data.decode()
        try:
            raw = json.loads(text, object_pairs_hook=_unique)
        except KeyError as fault:
            faults.append(str(fault))
            raw = json.loads(text)
    except ValueError:
        return Reading(None, ("is no JSON",))
    if not isinstance(raw, dict):
        return Reading(None, ("is no object",))
    return _read_sections(raw, faults)


def _read_sections(raw: dict, faults: list) -> Reading:
    kept = {}
    for key, fault_of in (("mitmproxy", rule_fault), ("mitmproxy_passthrough", passthrough_fault)):
        items = raw.get(key, [])
        if not isinstance(items, list):
            faults.append(f"{key} is no list")
            items = []
        found = [fault_of(item) for item in items]
        faults += [f"{key}[{at}] {fault}" for at, fault in enumerate(found) if fault]
        kept[key] = tuple(item for item, fault in zip(items, found) if not fault)
    return Reading(Entries(kept["mitmproxy"], kept["mitmproxy_passthrough"]), tuple(faults))


@dataclass(frozen=True)
class Standing:
    """What is in force, and since when the file is bad."""

    good: Entries = Entries()
    current: Entries = Entries()
    faults: tuple = ()
    failing_since: Optional[float] = None
    unreadable: bool = False

    def after(self, reading: Reading, now: float) -> "Standing":
        """What is in force after one more reading."""
        if not reading.faults and reading.entries is not None:
            return Standing(reading.entries, reading.entries)
        since = now if self.failing_since is None else self.failing_since
        if reading.entries is None:
            return Standing(self.good, self.good, reading.faults, since, True)
        kept = Entries(
            tuple(rule for rule in self.good.rules if rule in reading.entries.rules),
            tuple(host for host in self.good.passthrough if host in reading.entries.passthrough),
        )
        return Standing(self.good, kept, reading.faults, since)

    def at(self, now: float) -> Entries:
        """The entries in force: none any more once the file has been unreadable for a minute."""
        lost = self.unreadable and self.failing_since is not None and now - self.failing_since >= PATIENCE_S
        return Entries() if lost else self.current


def rules_of(entries: Entries) -> tuple:
    """The operators' rules as the proxy asks them: (rules with headers, pass-through)."""
    own = tuple(_rule(rule, f"thor.json[{at}]") for at, rule in enumerate(entries.rules))
    return own, tuple(passthrough_rule(host, f"passthrough:{host}") for host in entries.passthrough)


def _rule(rule: dict, name: str) -> Rule:
    methods = READ if rule.get("readonly") else rule.get("methods")
    path = {kind: rule[f"path_{kind}"] for kind in ("prefix", "suffix") if f"path_{kind}" in rule}
    return Rule(
        id=name,
        host=rule.get("host"),
        host_suffix=rule.get("host_suffix"),
        methods=None if methods is None else frozenset(methods),
        path=path,
        headers=rule["headers"],
    )


def passthrough_rule(host: str, name: str) -> Rule:
    """A host that is let through without anything added."""
    place = {"host_suffix": host} if host.startswith(".") else {"host": host}
    return Rule(id=name, mode="passthrough", **place)
