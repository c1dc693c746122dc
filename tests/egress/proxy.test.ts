/** Nothing leaves but what a rule names, to where it really goes, with credentials that the agent never sees. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { readWorkspaceConfig } from "@thor/workspace-config/pure/read";
import { afterReading, standingOn, viewAt } from "@thor/workspace-config/pure/standing";
import { expect, it } from "vitest";

import { ATTACKS, GET, READ } from "./attacks.ts";
import { lines, missingTool, reasonIn, startProxyWorld } from "./proxy-world.ts";

const missing = missingTool();
if (missing !== undefined) process.stderr.write(`SKIPPED: the proxy, because ${missing} is not installed here\n`);

const STATUS = { host: "status.acme.example", headers: { Authorization: "Bearer ${STATUS_TOKEN}" } };
const BASE = {
  mitmproxy: [
    STATUS,
    ...["inside", "cloud"].map((name) => ({ host: `${name}.acme.example`, headers: { X: "y" } })),
    { host: "unset.acme.example", headers: { X: "${NOT_SET}" } },
  ],
};

it("decides without a proxy as its own tests say", () => {
  const tests = join(import.meta.dirname, "../../docker/mitmproxy/tests");
  const { status, stderr } = spawnSync("python3", ["-m", "unittest", "discover", tests], { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/Ran \d+ tests/) });
});

/** What a proxy and a service make of the same texts of thor.json, one after the other. */
const SAME = `
import json, sys
sys.path.insert(0, sys.argv[1])
from thor_egress import thor_json
standing = thor_json.Standing()
for at, text in enumerate(json.load(sys.stdin)):
    standing = standing.after(thor_json.read_text(text.encode()), at)
entries = standing.at(float(sys.argv[2]))
print(json.dumps({"rules": list(entries.rules), "passthrough": list(entries.passthrough)}))`;

it.each([
  ["a rule is gone and another is faulty", 1],
  ["the file is unreadable for less than a minute", 59],
  ["the file is unreadable for a minute", 61],
])("leaves the proxy and every service with the same rules when %s", (what, after) => {
  const [first, second, third] = ["a", "b", "c"].map((name) => ({ host: `${name}.example`, headers: { X: name } }));
  const good = JSON.stringify({ mitmproxy: [first, second], mitmproxy_passthrough: ["p.example", "q.example"] });
  const faulty = { mitmproxy: [second, third, { host: "d.example" }], mitmproxy_passthrough: ["q.example"] };
  const bad = what.startsWith("a rule") ? JSON.stringify(faulty) : '{ "mitmproxy": ';
  const read = readWorkspaceConfig(good);
  if (read.kind !== "valid") throw new Error("the good text is not valid");
  const standing = afterReading(standingOn("v1", read.config), readWorkspaceConfig(bad), { now: 1000, version: "v2" });
  const { rules, passthrough } = viewAt(standing, after * 1000).admission.egress;
  const folder = join(import.meta.dirname, "../../docker/mitmproxy");
  const said = execFileSync("python3", ["-c", SAME, folder, String(after)], { input: JSON.stringify([good, bad]) });
  expect(JSON.parse(said.toString())).toEqual({ rules, passthrough });
  expect(rules).toHaveLength({ 1: 1, 59: 2, 61: 0 }[after] ?? -1);
});

it.skipIf(missing !== undefined)(
  "turns away what is not what it says, and nothing of it arrives anywhere",
  async () => {
    const world = await startProxyWorld(BASE);
    const missed: string[] = [];
    for (const [name, send, wanted] of ATTACKS) {
      const reason = reasonIn(await send(world));
      if (!wanted.test(reason)) missed.push(`${name}: ${reason}`);
    }
    expect(missed).toEqual([]);
    expect(world.seen).toEqual([]);
    expect(world.opened()).toBe(0);
  },
);

it.skipIf(missing !== undefined)(
  "lets out what a rule names, with its credential and without what the client added",
  async () => {
    const world = await startProxyWorld(BASE);
    const arrived = () => world.seen.at(-1);
    const own = [
      "Authorization: mine",
      "Proxy-X: y",
      "Via: v",
      "X-Forwarded-For: f",
      "X-HTTP-Method-Override: DELETE",
      "Connection: X-Private",
      "X-Private: p",
    ];
    const { text, issuer, alpn } = await world.inside("SLACK.com:443", GET(READ, "slack.com", ...own), {
      sni: "slack.com",
      alpn: ["h2", "http/1.1"],
    });
    expect([text, issuer, alpn]).toEqual([
      expect.stringContaining(`origin ${READ}`),
      expect.stringContaining("Thor egress CA"),
      "http/1.1",
    ]);
    expect(arrived()).toMatchObject({
      method: "GET",
      host: "slack.com",
      headers: { authorization: "Bearer xoxb-of-the-proxy" },
    });
    for (const name of ["proxy-x", "via", "x-forwarded-for", "x-http-method-override", "x-private"])
      expect(arrived()?.headers).not.toHaveProperty(name);

    const upload = lines(
      "POST /rest/api/3/issue/SHOP-1/attachments HTTP/1.1",
      "Host: acme.atlassian.net",
      "Content-Length: 3",
      "Connection: close",
    );
    expect((await world.inside("acme.atlassian.net:443", `${upload}abc`)).text).toContain("200 OK");
    expect(arrived()?.headers).toMatchObject({ authorization: "Basic of-the-proxy", "x-atlassian-token": "no-check" });

    const model = lines(
      "POST http://codex-lb:2455/v1/responses HTTP/1.1",
      "Host: codex-lb:2455",
      "Content-Length: 2",
      "Remote-User: admin",
      "Authorization: Bearer mine",
      "x-session-id: ses_1",
      "Connection: close",
    );
    expect(await world.raw(`${model}{}`)).toContain("200 OK");
    expect(arrived()).toMatchObject({ url: "/v1/responses", headers: { "x-session-id": "ses_1" } });
    for (const name of ["remote-user", "authorization"]) expect(arrived()?.headers).not.toHaveProperty(name);

    const untouched = await world.inside("chatgpt.com:443", GET("/", "chatgpt.com", "Authorization: its-own"), {
      client: "codex-lb",
    });
    expect([untouched.text, untouched.issuer]).toEqual([expect.stringContaining("200 OK"), "origin"]);
    expect(arrived()?.headers).toMatchObject({ authorization: "its-own" });

    const denied = await world.inside("slack.com:443", GET("/api/chat.postMessage?text=a-secret", "slack.com"));
    expect(denied.text).toMatch(
      /^HTTP\/1\.1 403[\s\S]*Thor blocked GET slack\.com\/api\/chat\.postMessage \(path_not_allowed\)\. .*slack-post-message\. Ref [0-9a-f]{8}/,
    );
    const opened = world.opened();
    const twice = `${lines("GET /a HTTP/1.1", "Host: status.acme.example")}${GET("/b", "status.acme.example")}`;
    const both = await world.inside("status.acme.example:443", twice, { until: /origin \/b/ });
    expect(both.text).toMatch(/origin \/a[\s\S]*origin \/b/);
    expect(world.opened() - opened).toBe(1);

    const explained = await world.raw(
      GET("http://__health.thor/explain?client=agent&method=GET&url=https://slack.com/api/users.info", "__health.thor"),
      "control",
    );
    expect(explained).toContain('"decision": "allow"');
    expect(world.spooled()).toContain('"reason":"path_not_allowed"');
    expect(world.spooled()).not.toContain("a-secret");
  },
);

it.skipIf(missing !== undefined)(
  "follows thor.json within two seconds, and a faulty one only takes rights away",
  async () => {
    const world = await startProxyWorld({ mitmproxy: [STATUS] });
    const ask = async (host: string) => {
      const { text } = await world.inside(`${host}:443`, GET("/", host));
      return text.startsWith("HTTP/1.1 200") ? "allowed" : reasonIn(text);
    };
    const becomes = (host: string, wanted: string) =>
      eventually(`${host} is ${wanted}`, async () => (await ask(host)) === wanted || undefined);
    expect(await ask("status.acme.example")).toBe("allowed");
    const other = { host: "chatgpt.com", headers: { X: "y" } };
    world.configure({ mitmproxy: [STATUS, other] });
    await becomes("chatgpt.com", "allowed");
    // The very file that the gateway would read: a fault elsewhere in the section, and one rule gone.
    world.configure({ mitmproxy: [other, { host: "evil.example" }] });
    await becomes("status.acme.example", "host_not_allowed");
    expect([await ask("chatgpt.com"), await ask("evil.example")]).toEqual(["allowed", "host_not_allowed"]);
    world.configure({ mitmproxy: [STATUS] });
    await becomes("chatgpt.com", "host_not_allowed");
    expect(await ask("status.acme.example")).toBe("allowed");
    expect(world.spooled()).toContain('"kind":"config_error"');
  },
);
