import { readFileSync } from "node:fs";
/** The API as a child of gh reaches it, asked by something that is not gh. */
import { createServer } from "node:https";
import { join } from "node:path";

import { silentLog } from "@thor/kit/testing/silent-log";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { Agent, request } from "undici";
import { expect, it, onTestFinished } from "vitest";

import { createOpenBroker } from "../src/adapters/gh-broker.ts";
import { startGitHost } from "./git-host.ts";

async function open() {
  const directory = tempDir();
  const github = await startGitHost(directory);
  const { host, apiUrl, caFile } = github;
  const openBroker = createOpenBroker({ apiUrl, host, caFile, log: silentLog });
  const scope = { owner: "acme", repo: "r", token: "gh_read" as const, mayWrite: false, mutations: [] };
  const token = async () => ({ kind: "token" as const, token: "ghs_of_the_call" });
  const call = { directory, scope, token, maxResponseBytes: 1000, signal: new AbortController().signal };
  const broker = await openBroker(call);
  const dispatcher = new Agent({ connect: { socketPath: broker.path } });
  onTestFinished(async () => {
    await dispatcher.close();
    await broker.close();
  });
  const ask = async (url: string, method: "GET" | "POST" = "GET", body = "") => {
    const answer = await request(url, { dispatcher, method, ...(body === "" ? {} : { body }) });
    await answer.body.dump();
    return answer.statusCode;
  };
  return { github, ask, directory };
}

it("follows a redirect of the git host once, without its token, and no address that was not named", async () => {
  const { github, ask } = await open();
  const target = `https://${github.host}/storage/log`;
  // gh speaks plain HTTP on its socket; the address that the host named is what counts.
  const plain = target.replace("https", "http");
  const job = "http://api.github.com/repos/acme/r/actions/jobs/1/logs";
  expect(await ask(plain)).toBe(403);
  github.state.apiRedirect = target;
  expect(await ask(job)).toBe(302);
  expect(github.apiCalls.at(-1)?.authorization).toBe("Bearer ghs_of_the_call");
  expect([await ask(plain), await ask(plain)]).toEqual([401, 403]);
  const fetched = github.seen.filter(({ path }) => path === "/storage/log");
  expect(fetched.map(({ authorization }) => authorization)).toEqual([""]);
});

it("reaches no address inside, also when the git host names it", async () => {
  const { github, ask, directory } = await open();
  const tls = { key: readFileSync(join(directory, "tls.key")), cert: readFileSync(join(directory, "tls.crt")) };
  let reached = 0;
  const inside = createServer(tls, (_request, response) => {
    reached += 1;
    response.end();
  });
  inside.on("connection", () => (reached += 1));
  await new Promise<void>((resolve) => inside.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void inside.close());
  const address = inside.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, "169.254.169.254"]) {
    github.state.apiRedirect = `https://${host}/latest`;
    expect(await ask("http://api.github.com/repos/acme/r/actions/jobs/1/logs")).toBe(302);
    expect(`${host} ${await ask(`http://${host}/latest`)}`).toBe(`${host} 403`);
  }
  expect(reached).toBe(0);
});

it("asks nothing of another repository, and writes nothing for a command that reads", async () => {
  const { github, ask } = await open();
  const api = "http://api.github.com";
  const refused = [
    ask(`${api}/repos/acme/other`),
    ask(`${api}/repos/acme/r/../other`),
    ask(`${api}/repositories/7/issues`),
    ask(`${api}/user`),
    ask(`${api}/repos/acme/r/issues/1/comments`, "POST", '{"body":"x"}'),
    ask(`${api}/graphql`, "POST", '{"query":"mutation { addComment(input: {}) { clientMutationId } }"}'),
    ask(`${api}/graphql`, "POST", "no document"),
    ask("http://evil.example/repos/acme/r"),
  ];
  expect(await Promise.all(refused)).toEqual(refused.map(() => 403));
  expect(github.apiCalls).toEqual([]);
});
