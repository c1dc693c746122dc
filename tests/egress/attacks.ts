/** Requests that claim to be something else. */
import { lines, type ProxyWorld } from "./proxy-world.ts";

export const GET = (path: string, host: string, ...more: string[]) =>
  lines(`GET ${path} HTTP/1.1`, `Host: ${host}`, ...more, "Connection: close");
export const READ = "/api/users.info?user=U1";

/** An attack: what is sent, and the reason or first line that comes back. */
export type Attack = readonly [name: string, send: (world: ProxyWorld) => Promise<string>, wanted: RegExp];
const inside = async (world: ProxyWorld, ...given: Parameters<ProxyWorld["inside"]>) =>
  (await world.inside(...given)).text;
const post = (...headers: string[]) => lines("POST /api HTTP/1.1", "Host: status.acme.example", ...headers) + "0";

export const ATTACKS: readonly Attack[] = [
  [
    "plain http with a trusted Host",
    (w) => w.raw(lines("GET http://evil.example/ HTTP/1.1", "Host: slack.com")),
    /^scheme_not_https$/,
  ],
  [
    "a tunnel to evil with a trusted Host",
    async (w) => (await w.connect("evil.example:443", "agent", "Host: slack.com")).text,
    /^host_not_allowed$/,
  ],
  [
    "a trusted tunnel with another SNI",
    (w) => inside(w, "slack.com:443", GET(READ, "slack.com"), { sni: "evil.example" }),
    /^target_mismatch$/,
  ],
  [
    "a trusted tunnel without SNI",
    (w) => inside(w, "slack.com:443", GET(READ, "slack.com"), { sni: undefined }),
    /^sni_missing$/,
  ],
  [
    "a trusted tunnel with another Host",
    (w) => inside(w, "slack.com:443", GET(READ, "evil.example")),
    /^target_mismatch$/,
  ],
  [
    "a trusted tunnel with another port in Host",
    (w) => inside(w, "slack.com:443", GET(READ, "slack.com:8443")),
    /^target_mismatch$/,
  ],
  [
    "two Hosts",
    (w) => inside(w, "slack.com:443", GET(READ, "slack.com", "Host: evil.example")),
    /^host_header_invalid$/,
  ],
  [
    "two Hosts the other way",
    (w) => inside(w, "slack.com:443", GET(READ, "evil.example", "Host: slack.com")),
    /^host_header_invalid$/,
  ],
  [
    "no Host",
    (w) => inside(w, "slack.com:443", lines(`GET ${READ} HTTP/1.1`, "Connection: close")),
    /^host_header_invalid$/,
  ],
  [
    "no Host in HTTP/1.0",
    (w) => inside(w, "slack.com:443", lines(`GET ${READ} HTTP/1.0`, "X: y")),
    /^host_header_invalid$/,
  ],
  [
    "an absolute https address inside",
    (w) => inside(w, "slack.com:443", GET("https://evil.example/", "slack.com")),
    /^target_mismatch$/,
  ],
  [
    "an absolute http address inside",
    (w) => inside(w, "slack.com:443", GET("http://evil.example/", "slack.com")),
    /^target_mismatch$/,
  ],
  ["plain http inside a tunnel", (w) => w.rawInside("slack.com:443", GET(READ, "slack.com")), /^scheme_not_https$/],
  [
    "another protocol inside a tunnel",
    (w) => w.rawInside("slack.com:443", "SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    /^(?:|HTTP\/1\.1 [45]\d\d .*)$/,
  ],
  [
    "a tunnel inside a tunnel",
    (w) => inside(w, "slack.com:443", lines("CONNECT evil.example:443 HTTP/1.1", "Host: evil.example")),
    /^(?:|method_not_allowed|target_mismatch|host_not_allowed|HTTP\/1\.1 [45]\d\d .*)$/,
  ],
  ["a request line without an address", (w) => w.raw(GET("/", "slack.com")), /^scheme_not_https$/],
  [
    "length and encoding",
    (w) => inside(w, "status.acme.example:443", post("Content-Length: 1", "Transfer-Encoding: chunked")),
    /smuggling_suspected|HTTP\/1\.1 [45]/,
  ],
  [
    "two lengths",
    (w) => inside(w, "status.acme.example:443", post("Content-Length: 1", "Content-Length: 2")),
    /smuggling_suspected|HTTP\/1\.1 [45]/,
  ],
  [
    "two equal lengths",
    (w) => inside(w, "status.acme.example:443", post("Content-Length: 1", "Content-Length: 1")),
    /smuggling_suspected|HTTP\/1\.1 [45]/,
  ],
  [
    "an encoding with a space",
    (w) => inside(w, "status.acme.example:443", post("Transfer-Encoding : chunked")),
    /smuggling_suspected|HTTP\/1\.1 [45]/,
  ],
  [
    "two encodings",
    (w) => inside(w, "status.acme.example:443", post("Transfer-Encoding: chunked, identity")),
    /smuggling_suspected|HTTP\/1\.1 [45]/,
  ],
  [
    "an encoding behind a tab",
    (w) => inside(w, "status.acme.example:443", post("Transfer-Encoding:\tchunked", "Content-Length: 1")),
    /smuggling_suspected|HTTP\/1\.1 [45]/,
  ],
  [
    "a folded header",
    (w) => inside(w, "status.acme.example:443", post("X: a", " folded: b")),
    /smuggling_suspected|^$|HTTP\/1\.1 [45]/,
  ],
  [
    "a NUL in a header",
    (w) => inside(w, "status.acme.example:443", GET("/", "status.acme.example", "X: a\0b")),
    /smuggling_suspected|^$|HTTP\/1\.1 [45]/,
  ],
  [
    "user info in a tunnel's target",
    async (w) => (await w.connect("u@slack.com:443")).text,
    /host_not_allowed|^$|HTTP\/1\.1 [45]/,
  ],
  [
    "an escape in a tunnel's target",
    async (w) => (await w.connect("slack%2ecom:443")).text,
    /host_not_allowed|^$|HTTP\/1\.1 [45]/,
  ],
  ["a look-alike name", async (w) => (await w.connect("xn--slck-5na.com:443")).text, /^host_not_allowed$/],
  ...["127.7.7.7:443", "2130706433:443", "0x7f070707:443", "0177.7.7.7:443", "[::1]:443", "[::ffff:127.7.7.7]:443"].map(
    (target): Attack => [
      `the address ${target}`,
      async (w) => (await w.connect(target)).text,
      /host_not_allowed|^$|HTTP\/1\.1 [45]/,
    ],
  ),
  ["another port", async (w) => (await w.connect("slack.com:8443")).text, /^port_not_allowed$/],
  [
    "a name that leads inside",
    (w) => inside(w, "inside.acme.example:443", GET("/", "inside.acme.example")),
    /^address_private$/,
  ],
  [
    "a name that leads to the cloud's metadata",
    (w) => inside(w, "cloud.acme.example:443", GET("/", "cloud.acme.example")),
    /^address_private$/,
  ],
  [
    "a name that leads nowhere",
    (w) => inside(w, "unset.acme.example:443", GET("/", "unset.acme.example")),
    /^variable_unset$/,
  ],
  [
    "an upgrade",
    (w) => inside(w, "status.acme.example:443", GET("/", "status.acme.example", "Upgrade: websocket")),
    /^upgrade_not_allowed$/,
  ],
  [
    "a post to a reading method",
    (w) => inside(w, "slack.com:443", lines("POST /api/users.info HTTP/1.1", "Host: slack.com", "Content-Length: 0")),
    /^method_not_allowed$/,
  ],
  ["another tenant", async (w) => (await w.connect("evil.atlassian.net:443")).text, /^host_not_allowed$/],
  [
    "the model's accounts",
    (w) => w.raw(GET("http://codex-lb:2455/api/accounts", "codex-lb:2455")),
    /^path_not_allowed$/,
  ],
  ["the model's log-in", (w) => w.raw(GET("http://codex-lb:1455/auth", "codex-lb:1455")), /^port_not_allowed$/],
  ["the provider behind the model", async (w) => (await w.connect("chatgpt.com:443")).text, /^host_not_allowed$/],
  ["a stranger", async (w) => (await w.connect("slack.com:443", "stranger")).text, /^client_unknown$/],
  ["the control client", async (w) => (await w.connect("slack.com:443", "control")).text, /^host_not_allowed$/],
  [
    "an explanation for an agent",
    (w) => w.raw(GET("http://__health.thor/explain?url=https://slack.com/", "__health.thor")),
    /404/,
  ],
  ["the proxy's own certificate page", (w) => w.raw(GET("http://mitm.it/", "mitm.it")), /^host_not_allowed$/],
];
