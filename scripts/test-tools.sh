#!/usr/bin/env bash
# Installs the Debian programs that tests drive, where this is allowed; a test whose program is missing says so and is skipped.
set -euo pipefail
missing=()
command -v gh >/dev/null || missing+=(gh)
command -v bwrap >/dev/null || missing+=(bubblewrap)
command -v mitmdump >/dev/null || missing+=(mitmproxy)
command -v chromium >/dev/null || missing+=(chromium)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed: ${missing[*]} (their tests are skipped)"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get install -y --no-install-recommends "${missing[@]}" || { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }; } >/dev/null 2>&1 ||
  echo "could not install: ${missing[*]} (their tests are skipped)"
