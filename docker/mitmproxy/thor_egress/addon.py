"""The proxy's way with a connection: who asks, where it really leads, which rule decides, and what is said about it."""
import asyncio
import json
import os
import secrets
from typing import Optional
from urllib.parse import parse_qsl, urlsplit

from mitmproxy import http, tls
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from .addresses import checked_addresses
from .denial import denial_text, status_of
from .requests import connection_listed, header_fault, method_fault, named
from .rule_book import RuleBook
from .rules import Allowed, Denied, Request, Rule, Verdict, decide, host_matches, may_connect
from .settings import Settings, Variables, read_settings
from .spool import SUM_S, Spool
from .targets import normal_host, split_authority

HEALTH = "__health.thor"
MAX_BODY = 64 * 1024 * 1024
MAX_MODEL_BODY = 128 * 1024 * 1024
CLAIMS = ("x-session-id", "x-session-affinity")
# What only proxies say, and what makes a method mean another one.
STRIPPED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "via", "remote-user")
OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")


class ThorEgress:
    """One per proxy. Decides in `requestheaders`, before a byte of a body is read or anything upstream is opened."""

    def __init__(self, env: Optional[dict] = None):
        self._env = dict(os.environ if env is None else env)
        self._settings: Settings = read_settings(self._env)
        self._variables = Variables(self._env)
        self._spool = Spool(self._settings.spool)
        self._book = RuleBook(self._settings, self._env, self._spool)
        self._book.look()
        # Connection → (host, port) that its CONNECT was allowed for.
        self._tunnels: dict = {}
        # Connection → {name → the checked address that its requests go to}.
        self._checked: dict = {}
        self._upkeep: Optional[asyncio.Task] = None

    def running(self) -> None:
        self._upkeep = asyncio.get_running_loop().create_task(self._keep())

    async def _keep(self) -> None:
        seconds = 0
        while True:
            await asyncio.sleep(1)
            self._book.look()
            seconds += 1
            if seconds % SUM_S == 0:
                self._spool.flush()

    def done(self) -> None:
        self._spool.flush()

    def _class_of(self, peer: Optional[tuple]) -> Optional[str]:
        clients = self._settings.clients
        return clients.get(peer[0] if peer else "") if clients else "agent"

    # -- tunnels

    def http_connect(self, flow: http.HTTPFlow) -> None:
        client = self._class_of(flow.client_conn.peername)
        target = split_authority(f"{flow.request.host}:{flow.request.port}")
        code = self._tunnel_fault(client, target)
        if code is not None:
            host = target[0] if target else "?"
            return self._deny(flow, Denied(code), client, ("CONNECT", host, ""))
        self._tunnels[flow.client_conn.id] = target

    def _tunnel_fault(self, client: Optional[str], target: Optional[tuple]) -> Optional[str]:
        if client is None:
            return "client_unknown"
        if target is None:
            return "host_not_allowed"
        return may_connect(self._book.rules(), client, target[0], target[1], self._variables)

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        target = self._tunnels.get(data.context.client.id)
        client = self._class_of(data.context.client.peername)
        if target is None or data.client_hello.sni != target[0]:
            return
        if self._tunnel_rule(client, target) is not None:
            data.ignore_connection = True

    def _tunnel_rule(self, client: Optional[str], target: tuple) -> Optional[Rule]:
        """The rule by which a connection is let through unopened."""
        rules = (rule for rule in self._book.rules() if rule.mode == "tunnel" and client in rule.clients)
        return next((rule for rule in rules if host_matches(rule, target[0], self._variables)), None)

    def client_disconnected(self, client) -> None:
        self._tunnels.pop(client.id, None)
        self._checked.pop(client.id, None)

    # -- requests

    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        client = self._class_of(flow.client_conn.peername)
        path, _, query = flow.request.path.partition("?")
        target = self._target_of(flow)
        host = target if isinstance(target, str) else (target[0] if isinstance(target, tuple) else "?")
        facts = (flow.request.method, host, path)
        if client is None:
            return self._deny(flow, Denied("client_unknown"), client, facts)
        if flow.request.host == HEALTH and flow.client_conn.id not in self._tunnels:
            return self._health(flow, client, path, query)
        verdict = await self._judge(flow, client, (path, query))
        if isinstance(verdict, Denied):
            return self._deny(flow, verdict, client, facts)
        self._let_out(flow, verdict)
        flow.metadata["thor"] = {"class": client, "rule": verdict.rule.id, "method": facts[0], "host": facts[1]}

    def _target_of(self, flow: http.HTTPFlow):
        """(host, port, scheme) that the connection proves; a denial code instead when its parts disagree."""
        fields = flow.request.headers.fields
        hosts = named(fields, "host")
        authority = split_authority(hosts[0].decode("latin-1")) if len(hosts) == 1 else None
        if authority is None:
            return Denied("host_header_invalid")
        tunnel = self._tunnels.get(flow.client_conn.id)
        if tunnel is None:
            named_target = split_authority(flow.request.host)
            if flow.request.scheme != "http" or named_target is None:
                return Denied("scheme_not_https")
            if authority != (named_target[0], flow.request.port) and authority != (named_target[0], None):
                return Denied("scheme_not_https")
            return named_target[0], flow.request.port, "http"
        if not flow.client_conn.tls_established:
            return Denied("scheme_not_https")
        if not flow.client_conn.sni:
            return Denied("sni_missing")
        is_same = flow.client_conn.sni.lower().rstrip(".") == tunnel[0] and authority in ((tunnel[0], None), tunnel)
        if not is_same or flow.request.authority:
            return Denied("target_mismatch")
        return tunnel[0], tunnel[1], "https"

    async def _judge(self, flow: http.HTTPFlow, client: str, place: tuple) -> Verdict:
        target = self._target_of(flow)
        method = flow.request.method
        fault = method_fault(method) or header_fault(flow.request.headers.fields, False)
        if isinstance(target, Denied):
            return target if fault in (None, "upgrade_not_allowed") else Denied(fault)
        if fault is not None:
            return Denied(fault)
        host, port, scheme = target
        verdict = decide(self._book.rules(), Request(client, host, port, scheme, method, *place), self._variables)
        if isinstance(verdict, Denied):
            return verdict
        if self._spool.broken and verdict.rule.headers:
            return Denied("config_error")
        limit = MAX_MODEL_BODY if verdict.rule.id.startswith("model:") else MAX_BODY
        if int((flow.request.headers.get("content-length") or "0")) > limit:
            return Denied("body_too_large")
        found = await checked_addresses(host, port, self._may_be_private(verdict.rule, host))
        if isinstance(found, Denied):
            return found
        checked = self._checked.setdefault(flow.client_conn.id, {})
        if checked.get(host) not in found:
            checked[host] = found[0]
        # The connection is opened to the address that was checked; the Host header keeps the name.
        flow.request.data.host = checked[host]
        return verdict

    def _may_be_private(self, rule: Rule, host: str) -> bool:
        return rule.private or host in self._settings.private_hosts

    def _let_out(self, flow: http.HTTPFlow, verdict: Allowed) -> None:
        headers, rule = flow.request.headers, verdict.rule
        listed = connection_listed(headers.fields)
        for name in {*headers.keys()}:
            lower = name.lower()
            is_hop = lower.startswith("proxy-") or lower in STRIPPED or lower in (listed - {"close", "keep-alive"})
            is_claim = lower in CLAIMS and not rule.keeps_claim
            is_override = lower in OVERRIDES and rule.mode == "inject"
            if is_hop or is_claim or is_override or (rule.id.startswith("model:") and lower in ("authorization", "x-api-key")):
                del headers[name]
        for name, value in verdict.headers.items():
            headers[name] = value
        flow.request.stream = self._limited(flow, MAX_MODEL_BODY if rule.id.startswith("model:") else MAX_BODY)

    def _limited(self, flow: http.HTTPFlow, limit: int):
        sent = 0

        def pass_on(chunk: bytes) -> bytes:
            nonlocal sent
            sent += len(chunk)
            flow.metadata["thor_sent"] = sent
            if sent <= limit:
                return chunk
            flow.kill()
            return b""

        return pass_on

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        received = 0

        def pass_on(chunk: bytes) -> bytes:
            nonlocal received
            received += len(chunk)
            flow.metadata["thor_received"] = received
            return chunk

        if flow.response is not None:
            flow.response.stream = pass_on

    def response(self, flow: http.HTTPFlow) -> None:
        facts = flow.metadata.get("thor")
        if facts is not None and flow.response is not None:
            status = {"status": flow.response.status_code}
            self._spool.allowed({**facts, **status}, flow.metadata.get("thor_sent", 0), flow.metadata.get("thor_received", 0))

    def error(self, flow: http.HTTPFlow) -> None:
        facts = flow.metadata.get("thor") if flow.metadata else None
        if facts is not None:
            message = (flow.error.msg if flow.error else "").lower()
            is_tls = "certificate" in message or "tls" in message or "handshake" in message
            self._spool.denied({**facts, "reason": "upstream_tls" if is_tls else "upstream_unreachable"})

    # -- upstream

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        given, port = data.server.address or ("", 0)
        names = self._checked.get(data.client.id, {})
        host = next((name for name, address in names.items() if address == given), None)
        if host is not None:
            data.server.sni = host
            return
        # Not for a request: the way of a connection that is let through unopened.
        target, client = self._tunnels.get(data.client.id), self._class_of(data.client.peername)
        if target is None or normal_host(given) != target[0] or self._tunnel_rule(client, target) is None:
            data.server.error = "host_not_allowed"
            return
        found = await checked_addresses(target[0], port, target[0] in self._settings.private_hosts)
        if isinstance(found, Denied):
            data.server.error = found.code
        else:
            data.server.address = (found[0], port)

    # -- answers of the proxy itself

    def _deny(self, flow: http.HTTPFlow, denied: Denied, client: Optional[str], facts: tuple) -> None:
        method, host, path = facts
        ref = secrets.token_hex(4)
        text = denial_text(method, host, path, denied.code, denied.detail, ref)
        headers = {"content-type": "text/plain", "x-thor-egress": f"denied; reason={denied.code}; id={ref}", "connection": "close"}
        flow.response = http.Response.make(status_of(denied.code), text, headers)
        claim = next((flow.request.headers[name] for name in CLAIMS if name in flow.request.headers), None)
        session = {} if claim is None else {"session": claim[:100]}
        prefix = "/".join(path.split("/")[:3])[:100]
        self._spool.denied({"class": client or "unknown", "method": method[:20], "host": host, "path": prefix, "reason": denied.code, **session})

    def _health(self, flow: http.HTTPFlow, client: str, path: str, query: str) -> None:
        headers = {"cache-control": "no-store", "content-type": "text/plain"}
        is_explained = path == "/explain" and client == "control"
        body = json.dumps(self._explain(dict(parse_qsl(query)))) if is_explained else "ok"
        is_known = path == "/" or is_explained
        flow.response = http.Response.make(200 if is_known else 404, body if is_known else "not found", headers)

    def _explain(self, asked: dict) -> dict:
        url = urlsplit(asked.get("url", ""))
        port = url.port or (443 if url.scheme == "https" else 80)
        request = Request(asked.get("client", "agent"), url.hostname or "", port, url.scheme, asked.get("method", "GET"), url.path or "/", url.query)
        verdict = decide(self._book.rules(), request, self._variables)
        if isinstance(verdict, Denied):
            return {"decision": "deny", "reason": verdict.code, "detail": verdict.detail}
        return {"decision": "allow", "rule": verdict.rule.id, "mode": verdict.rule.mode, "headers": sorted(verdict.headers)}
