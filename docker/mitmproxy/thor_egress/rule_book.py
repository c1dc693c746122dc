"""All rules in force, in their order; thor.json is looked at once a second, never on the way of a request."""
import os
import time
from dataclasses import replace
from typing import Sequence

from . import built_in, thor_json
from .rules import Rule
from .settings import Settings
from .spool import Spool

# Hosts that only Thor's own rules speak for.
_OWN = frozenset({"slack.com", "files.slack.com", built_in.CODEX_LB})


class RuleBook:
    """Operators' rules → integrations → model → operators' pass-through → built-in pass-through → codex-lb's own."""

    def __init__(self, settings: Settings, env: dict, spool: Spool):
        self._settings, self._spool = settings, spool
        self._model = tuple(built_in.model_rules(env))
        self._integrations = tuple(built_in.generated_rules(settings.generated))
        hosts = built_in.generated_passthrough(settings.generated)
        self._passthrough = tuple(thor_json.passthrough_rule(host, f"built-in:{host}") for host in hosts)
        self._standing = thor_json.Standing()
        self._seen: object = None
        self._book: tuple = (None, ())

    def look(self) -> None:
        """Reads thor.json again when its size, time or place on the disk changed."""
        if self._settings.thor_json is None:
            return
        try:
            stat = os.stat(self._settings.thor_json)
            seen: object = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
        except OSError:
            seen = "missing"
        if seen == self._seen:
            return
        self._seen = seen
        reading = self._read()
        self._standing = self._standing.after(reading, time.monotonic())
        if reading.faults:
            self._spool.note("config_error", faults=list(reading.faults)[:10])

    def _read(self) -> thor_json.Reading:
        try:
            with open(self._settings.thor_json, "rb") as file:
                return thor_json.read_text(file.read(thor_json.MAX_BYTES + 1))
        except OSError:
            return thor_json.Reading(None, ("cannot be read",))

    def rules(self) -> Sequence[Rule]:
        """The rules for one request."""
        entries = self._standing.at(time.monotonic())
        if self._book[0] is not entries:
            self._book = (entries, self._assemble(entries))
        return self._book[1]

    def _assemble(self, entries: thor_json.Entries) -> tuple:
        own, passthrough = thor_json.rules_of(entries)
        reserved = _OWN | {rule.host for rule in self._model}
        own, passthrough = (tuple(replace(rule, never=reserved) for rule in rules) for rules in (own, passthrough))
        return (*own, *self._integrations, *self._model, *passthrough, *self._passthrough, *built_in.codex_lb_rules())
