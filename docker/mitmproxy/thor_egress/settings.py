"""What the proxy is told: settings from its environment, secrets from files where there are some."""
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional

SECRETS = Path("/run/secrets")
CLASSES = ("agent", "codex-lb", "control")


@dataclass(frozen=True)
class Settings:
    """`clients`: address → class; empty outside containers, where every client is an agent."""

    clients: Mapping[str, str]
    private_hosts: frozenset
    thor_json: Optional[Path]
    spool: Optional[Path]
    generated: Path


def read_settings(env: Mapping[str, str]) -> Settings:
    """Reads the environment; a malformed setting ends the start with what is wrong."""
    clients = {}
    for pair in filter(None, env.get("THOR_PROXY_CLIENTS", "").split(",")):
        name, _, address = pair.strip().partition("=")
        if name not in CLASSES or not address:
            raise SystemExit(f"THOR_PROXY_CLIENTS: {pair!r} is not <{'|'.join(CLASSES)}>=<address>")
        clients[address] = name
    path = lambda name: Path(env[name]) if env.get(name) else None
    return Settings(
        clients=clients,
        private_hosts=frozenset(host.strip().lower() for host in env.get("THOR_EGRESS_PRIVATE_HOSTS", "").split(",") if host.strip()),
        thor_json=path("THOR_CONFIG_PATH"),
        spool=path("THOR_EGRESS_SPOOL_DIR"),
        generated=Path(__file__).parent.parent / "rules.generated.json",
    )


class Variables:
    """Values of `${NAME}` places: asked anew for each request, so that a changed secret counts at once."""

    def __init__(self, env: Mapping[str, str] = os.environ, directory: Path = SECRETS):
        self._env, self._directory = env, directory

    def __call__(self, name: str) -> Optional[str]:
        file = Path(self._env.get(f"{name}_FILE") or self._directory / name)
        try:
            value = file.read_text().strip()
        except OSError:
            value = self._env.get(name, "").strip()
        if name == "ATLASSIAN_SITE" and not value:
            return self._site()
        return value or None

    def _site(self) -> Optional[str]:
        """The host of ATLASSIAN_CLOUD_ID when that is an address."""
        cloud = self._env.get("ATLASSIAN_CLOUD_ID", "")
        return cloud.split("//", 1)[1].split("/", 1)[0] if cloud.startswith("https://") else None
