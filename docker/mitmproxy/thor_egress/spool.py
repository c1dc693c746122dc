"""What the proxy decided, as lines of JSON for remote-cli to read: never a query, a body or the value of a header."""
import json
import time
from pathlib import Path
from typing import Callable, Optional

FILE_BYTES = 10 * 1024 * 1024
FILES = 5
REPEAT_S = 60.0
SUM_S = 60.0
MAX_KEYS = 10_000


class Spool:
    """Denials one by one, repeats within a minute as a count; allowed calls summed per minute. `broken`: not writable."""

    def __init__(self, directory: Optional[Path], now: Callable[[], float] = time.time):
        self._directory, self._now = directory, now
        self._boot = int(now())
        self._part = 0
        self._denied: dict = {}
        self._allowed: dict = {}
        self.broken = False
        self.dropped = 0

    def denied(self, facts: dict) -> None:
        """One request that was turned away."""
        key, now = tuple(sorted(facts.items())), self._now()
        since, count = self._denied.get(key, (None, 0))
        if since is not None and now - since < REPEAT_S:
            self._denied[key] = (since, count + 1)
            return
        if count > 0:
            self._write({"at": now, "kind": "denied_again", "count": count, **facts})
        if len(self._denied) < MAX_KEYS:
            self._denied[key] = (now, 0)
        self._write({"at": now, "kind": "denied", **facts})

    def allowed(self, facts: dict, bytes_out: int, bytes_in: int) -> None:
        """One request that was let out, with what it moved."""
        key = tuple(sorted(facts.items()))
        if key not in self._allowed and len(self._allowed) >= MAX_KEYS:
            self.flush()
        calls, sent, received = self._allowed.get(key, (0, 0, 0))
        self._allowed[key] = (calls + 1, sent + bytes_out, received + bytes_in)

    def note(self, kind: str, **facts: object) -> None:
        """Something that belongs to no request."""
        self._write({"at": self._now(), "kind": kind, **facts})

    def flush(self) -> None:
        """Writes the sums, and counts of repeats whose minute is over; called once a minute and at the end."""
        now = self._now()
        sums, self._allowed = self._allowed, {}
        for key, (calls, sent, received) in sums.items():
            self._write({"at": now, "kind": "allowed", "calls": calls, "bytesOut": sent, "bytesIn": received, **dict(key)})
        for key, (since, count) in list(self._denied.items()):
            if now - since < REPEAT_S:
                continue
            del self._denied[key]
            if count > 0:
                self._write({"at": now, "kind": "denied_again", "count": count, **dict(key)})

    def _path(self, part: int) -> Path:
        assert self._directory is not None
        return self._directory / f"{self._boot}-{part}.jsonl"

    def _write(self, line: dict) -> None:
        if self._directory is None:
            return
        try:
            path = self._path(self._part)
            if path.exists() and path.stat().st_size >= FILE_BYTES:
                self._part += 1
                oldest = self._path(self._part - FILES)
                if oldest.exists():
                    oldest.unlink()
                    self.dropped += 1
                path = self._path(self._part)
            with path.open("a") as file:
                file.write(json.dumps({**line, "dropped": self.dropped}, separators=(",", ":")) + "\n")
            self.broken = False
        except OSError:
            self.broken = True
