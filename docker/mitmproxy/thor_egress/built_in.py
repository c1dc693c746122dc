"""The rules that Thor brings: those of the integrations, the model's, and codex-lb's own way out."""
import json
from pathlib import Path
from typing import Mapping, Sequence
from urllib.parse import urlsplit

from .rules import Rule

CODEX_LB = "codex-lb"
CODEX_LB_PORT = 2455
_OPENAI_SHAPES = (("GET", "/models"), ("POST", "/responses"), ("POST", "/responses/compact"), ("POST", "/chat/completions"))
_ANTHROPIC_SHAPES = (("POST", "/messages"), ("GET", "/models"))
# What codex-lb itself talks to, with accounts of its own; the agent has no rule for these hosts.
_PROVIDER_HOSTS = ("openai.com", ".openai.com", "chatgpt.com", ".chatgpt.com")


def generated_rules(file: Path) -> Sequence[Rule]:
    """The rules of the integrations, from the file that ships with the proxy."""
    stored = json.loads(file.read_text())
    rules = [
        Rule(
            id=rule["id"],
            host=rule["host"],
            methods=frozenset(rule["methods"]),
            path=rule["path"],
            headers=rule["headers"],
            forbid_query=tuple(rule.get("forbidQuery", ())),
        )
        for rule in stored["rules"]
    ]
    return rules


def generated_passthrough(file: Path) -> Sequence[str]:
    """Hosts that are let through without anything added."""
    return json.loads(file.read_text())["passthrough"]


def model_rules(settings: Mapping[str, str]) -> Sequence[Rule]:
    """The one model provider: codex-lb beside the proxy, or the host of `THOR_MODEL_BASE_URL`."""
    provider, base_url = settings.get("THOR_MODEL_PROVIDER") or CODEX_LB, settings.get("THOR_MODEL_BASE_URL")
    if provider == CODEX_LB:
        headers = {"Authorization": "Bearer ${CODEX_LB_API_KEY}"} if settings.get("CODEX_LB_API_KEY") else {}
        place = {"host": CODEX_LB, "port": CODEX_LB_PORT, "scheme": "http", "private": True, "keeps_claim": True}
        return [_model(provider, shape, "/v1", headers, place) for shape in _OPENAI_SHAPES]
    base = urlsplit(base_url or "")
    if not base.hostname:
        return []
    place = {"host": base.hostname, "port": base.port or (443 if base.scheme == "https" else 80), "scheme": base.scheme}
    path = base.path.rstrip("/")
    if provider == "anthropic":
        headers = {"x-api-key": "${THOR_MODEL_API_KEY}", "anthropic-version": "2023-06-01"}
        return [_model(provider, shape, path, headers, place) for shape in _ANTHROPIC_SHAPES]
    headers = {"Authorization": "Bearer ${THOR_MODEL_API_KEY}"}
    return [_model(provider, shape, path, headers, place) for shape in _OPENAI_SHAPES]


def _model(provider: str, shape: tuple, base: str, headers: Mapping[str, str], place: Mapping) -> Rule:
    method, path = shape
    return Rule(id=f"model:{provider}{path}", methods=frozenset({method}), path={"exact": base + path}, headers=headers, **place)


def codex_lb_rules() -> Sequence[Rule]:
    """Where codex-lb's connections go, unopened."""
    places = [{"host_suffix": host} if host.startswith(".") else {"host": host} for host in _PROVIDER_HOSTS]
    clients = frozenset({CODEX_LB})
    return [Rule(id=f"codex-lb:{at}", clients=clients, mode="tunnel", **place) for at, place in enumerate(places)]
