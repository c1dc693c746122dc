#!/bin/sh
# Makes the authority with which the proxy opens the agent's TLS connections. Only the proxy may see its key.
set -eu

DAYS=1825
out=docker-volumes/mitmproxy
rotate=false

usage() {
  cat <<'TEXT'
mitmproxy-ca-init.sh [--out DIR] [--rotate]

Makes mitmproxy-ca-key.pem, mitmproxy-ca-cert.pem and public/mitmproxy-ca.pem in DIR (docker-volumes/mitmproxy).
With all of them there it only refreshes the public copy and the modes.

  --out DIR   another place
  --rotate    makes a new pair; the old one is kept beside it, with a date
TEXT
}
fail() {
  echo "mitmproxy-ca-init: $1" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case "$1" in
    --out) [ $# -gt 1 ] || fail "--out needs a directory"; out=$2; shift ;;
    --rotate) rotate=true ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
  shift
done

key=$out/mitmproxy-ca-key.pem
cert=$out/mitmproxy-ca-cert.pem
public=$out/public/mitmproxy-ca.pem

for file in "$key" "$cert" "$public"; do
  [ ! -d "$file" ] || fail "$file is a directory; remove it (a container that was started too early makes such a thing)"
done
if [ -e "$key" ] && [ ! -e "$cert" ]; then fail "$key is there without $cert; restore it, or remove both"; fi
if [ ! -e "$key" ] && [ -e "$cert" ]; then fail "$cert is there without $key; restore it, or remove both"; fi

make_pair() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # A file, because LibreSSL has no -addext.
  cat >"$work/ca.cnf" <<TEXT
[req]
distinguished_name = name
x509_extensions = ca
prompt = no
[name]
CN = Thor egress CA $(date -u +%Y-%m-%d)
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
TEXT
  (umask 077 && openssl req -x509 -newkey rsa:3072 -sha256 -nodes -days "$DAYS" -config "$work/ca.cnf" \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>"$work/said") || fail "openssl: $(cat "$work/said")"
  mv "$work/key.pem" "$key"
  mv "$work/cert.pem" "$cert"
}

mkdir -p "$out/public"
if [ "$rotate" = true ] && [ -e "$key" ]; then
  stamp=$(date -u +%Y%m%dT%H%M%SZ)
  mv "$key" "$key.$stamp"
  mv "$cert" "$cert.$stamp"
  echo "The old pair is kept as $key.$stamp and $cert.$stamp."
fi
if [ ! -e "$key" ]; then
  make_pair
  echo "Made an authority in $out. Restart mitmproxy, then remote-cli and opencode, which trust its public copy."
fi
cp "$cert" "$public"
chmod 600 "$key"
chmod 644 "$cert" "$public"
