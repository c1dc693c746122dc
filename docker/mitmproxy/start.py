#!/usr/bin/env python3
"""Starts mitmdump as Thor's way out: only with options that this version knows, and never without one that matters."""
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFDIR = "/run/mitmproxy"
REQUIRED = {
    "connection_strategy": "lazy",
    "upstream_cert": "false",
    "http2": "false",
    "rawtcp": "false",
    "onboarding": "false",
    "validate_inbound_headers": "true",
    "ssl_insecure": "false",
    "tls_version_client_min": "TLS1_2",
    "flow_detail": "0",
}


def known_options(mitmdump: str) -> set:
    """The names of all options of this version."""
    listed = subprocess.run([mitmdump, "--options"], capture_output=True, text=True, timeout=60, check=True).stdout
    return set(re.findall(r"^([a-z0-9_]+):", listed, re.MULTILINE))


def command_line(env: dict, known: set) -> list:
    """The arguments of mitmdump; ends with what is missing when this version cannot be made safe."""
    missing = sorted(set(REQUIRED) - known)
    if missing:
        raise SystemExit(f"this mitmproxy does not know: {', '.join(missing)}; use 8.1 or newer")
    options = dict(REQUIRED)
    options["confdir"] = env.get("THOR_PROXY_CONFDIR", CONFDIR)
    if env.get("THOR_EXTRA_CA_FILE"):
        options["ssl_verify_upstream_trusted_ca"] = env["THOR_EXTRA_CA_FILE"]
    settings = [word for name, value in options.items() for word in ("--set", f"{name}={value}")]
    host, port = env.get("THOR_BIND_ADDRESS", "0.0.0.0"), env.get("PORT", "3080")
    return ["--mode", "regular", "--listen-host", host, "--listen-port", port, "--quiet", *settings, "-s", str(HERE / "thor_egress_addon.py")]


def join_authority(env: dict) -> None:
    """mitmproxy wants key and certificate in one file; it lies where only this process reads."""
    source = env.get("THOR_PROXY_CA_DIR")
    if source is None:
        return
    parts = [Path(source) / f"mitmproxy-ca-{part}.pem" for part in ("key", "cert")]
    missing = next((part for part in parts if not part.is_file()), None)
    if missing is not None:
        raise SystemExit(f"{missing} is missing; run scripts/mitmproxy-ca-init.sh")
    joined = Path(env.get("THOR_PROXY_CONFDIR", CONFDIR)) / "mitmproxy-ca.pem"
    joined.unlink(missing_ok=True)
    with open(os.open(joined, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("".join(part.read_text() for part in parts))


def main() -> None:
    env = dict(os.environ)
    join_authority(env)
    mitmdump = env.get("THOR_MITMDUMP", "mitmdump")
    arguments = command_line(env, known_options(mitmdump))
    sys.stdout.flush()
    os.execvpe(mitmdump, [mitmdump, *arguments], env)


if __name__ == "__main__":
    main()
