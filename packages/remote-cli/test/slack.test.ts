import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";
import { z } from "zod";

import { startSim } from "./approval-world.ts";
import { openWorld } from "./world.ts";

type World = Awaited<ReturnType<typeof openWorld>>;

const poster =
  (world: World, sessionId = world.first.sessionId) =>
  (args: string, stdin = "hello", extra: object = {}) =>
    world.exec(sessionId, "/exec/slack-post-message", { args: args.split(" "), stdin, ...extra });
const posts = (world: World) => world.slack.calls.filter(({ method }) => method === "chat.postMessage");

it("posts into the conversation's own thread, once, and leaves proof", async () => {
  const world = await openWorld();
  const ts = "1700000001.000100";
  const own = { type: "slack.thread", value: `C0PRIV1/${ts}` } as const;
  await world.ledger.bindAlias({ ...own, anchorId: world.first.anchorId, source: "test" });
  expect(await poster(world)(`--channel C0PRIV1 --thread-ts ${ts}`)).toMatchObject({
    status: 200,
    stdout: '{"ok":true}\n',
    exitCode: 0,
  });
  expect(posts(world)).toHaveLength(1);
  const [sent] = posts(world);
  expect(sent?.args).toMatchObject({
    channel: "C0PRIV1",
    thread_ts: ts,
    text: "hello",
    unfurl_links: "false",
    unfurl_media: "false",
  });
  expect(JSON.parse(sent?.args["metadata"] ?? "")).toMatchObject({
    event_type: "thor_agent",
    event_payload: { triggerId: world.first.triggerId },
  });
  const posted = (threadTs: string) =>
    world.ledger.postedInThread({ triggerId: world.first.triggerId, channel: "C0PRIV1", threadTs });
  expect(await posted(ts)).toBe(true);
  expect(await posted("1700000001.000200")).toBe(false);
});

it("posts into nobody else's thread, no private channel, no other profile, no direct message", async () => {
  const world = await openWorld();
  const other = await world.second();
  const theirs = { type: "slack.thread", value: "C0OPEN1/1700000002.000100" } as const;
  await world.ledger.bindAlias({ ...theirs, anchorId: other.anchorId, source: "test" });
  const foreign = await poster(world)("--channel C0OPEN1 --thread-ts 1700000002.000100");
  expect(foreign).toMatchObject({ status: 400, stderr: expect.stringContaining(`/runner/v/${other.anchorId}`) });
  for (const channel of ["C0PRIVATE", "G0GROUP", "D0DIRECT", "C0OTHER"])
    expect(await poster(world)(`--channel ${channel}`)).toMatchObject({ status: 400 });
  expect(posts(world)).toHaveLength(0);
  expect(await world.ledger.anchorOf(theirs)).toEqual({ kind: "known", anchorId: other.anchorId });
});

it("binds a new thread in a public channel to the conversation that began it, first writer wins", async () => {
  const world = await openWorld();
  const other = await world.second();
  expect(await poster(world)("--channel=C0OPEN2")).toMatchObject({ exitCode: 0 });
  const bound = (await world.ledger.aliasesOf({ anchorId: world.first.anchorId })).map(({ value }) => value);
  expect(bound).toContainEqual(expect.stringMatching(/^C0OPEN2\//));
  const thread = "--channel C0OPEN2 --thread-ts 1700000009.000100";
  const both = await Promise.all([poster(world)(thread), poster(world, other.sessionId)(thread)]);
  const owner = await world.ledger.anchorOf({ type: "slack.thread", value: "C0OPEN2/1700000009.000100" });
  expect(owner.kind).toBe("known");
  expect(both.filter(({ status, stderr }) => status === 400 || stderr.includes("another conversation"))).toHaveLength(
    1,
  );
});

it.each([
  ["blank", "  \n"],
  ["too long", "x".repeat(40_961)],
  ["a Markdown table", "| a | b |\n|---|---|\n| 1 | 2 |"],
  ["Markdown bold", "this is **bold**"],
  ["a literal line break", String.raw`one\ntwo`],
  ["a broadcast", "<!channel> look"],
  ["a broadcast in code", "`<!here>`"],
  ["a credential", "use xoxb-1234567890-abcdefghij"],
])("refuses a text with %s, before Slack hears of it", async (_, text) => {
  const world = await openWorld();
  expect(await poster(world)("--channel C0OPEN1", text)).toMatchObject({ status: 400, exitCode: 1 });
  expect(world.slack.calls).toHaveLength(0);
});

it("takes in code what it refuses in prose", async () => {
  const world = await openWorld();
  const text = "see\n```\n| a | b |\n|---|---|\n**x** \\n\n```\nand `**y**`";
  expect(await poster(world)("--channel C0OPEN1", text)).toMatchObject({ exitCode: 0 });
});

it("posts blocks that show, and none that act for Thor", async () => {
  const world = await openWorld();
  await world.settle();
  const file = join(world.worktree, "blocks.json");
  const post = async (blocks: unknown) => {
    writeFileSync(file, typeof blocks === "string" ? blocks : JSON.stringify(blocks));
    return (await poster(world)(`--channel C0OPEN1 --blocks-file ${file}`, "hello", { cwd: world.worktree })).status;
  };
  const section = { type: "section", text: { type: "mrkdwn", text: "hi" } };
  const button = { type: "button", text: { type: "plain_text", text: "go" }, url: "https://example.com" };
  expect(await post([section, { type: "actions", elements: [button] }])).toBe(200);
  expect(posts(world)).toHaveLength(1);
  const bad = [
    {},
    "not json",
    [],
    Array.from({ length: 51 }, () => section),
    [{ ...section, text: { type: "mrkdwn", text: "x".repeat(131_072) } }],
    [{ type: "input" }],
    [{ type: "actions", elements: [{ ...button, value: "v3:x" }] }],
    [{ type: "actions", elements: [{ ...button, action_id: "approval_approve" }] }],
    [{ type: "actions", elements: [{ ...button, url: "http://example.com" }] }],
    [{ type: "actions", elements: [{ type: "button", text: button.text }] }],
    [{ ...section, accessory: { type: "users_select", action_id: "x" } }],
    [{ ...section, block_id: "thor:card" }],
    [{ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ ...button, value: "v4:x" }] }] }],
    [
      {
        type: "rich_text",
        elements: [{ type: "rich_text_section", elements: [{ type: "broadcast", range: "channel" }] }],
      },
    ],
    [{ type: "table", rows: [[{ type: "raw_text", text: "a", value: "v" }]] }],
    [{ ...section, text: { type: "mrkdwn", text: "<!channel>" } }],
  ];
  for (const blocks of bad)
    expect(`${JSON.stringify(blocks).slice(0, 80)} ${await post(blocks)}`).toBe(
      `${JSON.stringify(blocks).slice(0, 80)} 400`,
    );
  expect(posts(world)).toHaveLength(1);
  for (const path of [
    "/etc/passwd",
    join(world.workspace, "config", "thor.json"),
    join(world.main, ".git", "config"),
    "../../../../config/thor.json",
  ])
    expect(
      await poster(world)(`--channel C0OPEN1 --blocks-file ${path}`, "hello", { cwd: world.worktree }),
    ).toMatchObject({ status: 400 });
  const dataBase64 = Buffer.from(JSON.stringify([section])).toString("base64");
  expect(
    await poster(world)("--channel C0OPEN1 --blocks-file /tmp/b.json", "hello", {
      inlineFiles: [{ path: "/tmp/b.json", dataBase64 }],
    }),
  ).toMatchObject({ status: 200 });
});

it("waits out a rate limit, reports Slack's refusal, and never repeats a post whose fate is unknown", async () => {
  const world = await openWorld();
  world.slack.answers.push({ retryAfter: 1 });
  expect(await poster(world)("--channel C0OPEN1")).toMatchObject({ exitCode: 0 });
  expect(posts(world)).toHaveLength(2);
  world.slack.answers.push({ ok: false, error: "channel_not_found" });
  expect(await poster(world)("--channel C0OPEN1")).toMatchObject({
    status: 400,
    exitCode: 1,
    stderr: "Slack post failed: Slack API error: channel_not_found\n",
  });
  world.slack.answers.push({ hangUp: true });
  const unknown = await poster(world)("--channel C0OPEN1");
  expect(unknown).toMatchObject({ status: 400, stderr: expect.stringContaining("was not repeated") });
  expect(posts(world)).toHaveLength(4);
});

it("posts the same words once in a run, also when the agent repeats itself after a restart", async () => {
  const world = await openWorld();
  const ts = "1700000001.000900";
  const own = { type: "slack.thread", value: `C0PRIV1/${ts}` } as const;
  await world.ledger.bindAlias({ ...own, anchorId: world.first.anchorId, source: "test" });
  const say = (words: string) => poster(world)(`--channel C0PRIV1 --thread-ts ${ts}`, words);
  await say("done");
  expect(await say("done")).toMatchObject({ status: 200, stdout: '{"ok":true}\n' });
  expect(posts(world)).toHaveLength(1);
  // The first of these never arrived, so the second has to be sent.
  world.slack.answers.push({ hangUp: true });
  expect(await say("more")).toMatchObject({ exitCode: 1 });
  expect(await say("more")).toMatchObject({ exitCode: 0 });
  expect(posts(world)).toHaveLength(3);
});

it("posts no file that is too large, too many, no file at all, or not this conversation's, and asks Slack nothing", async () => {
  const world = await openWorld();
  await world.settle();
  const own = join(world.worktree, "own.txt");
  writeFileSync(own, "own");
  writeFileSync(join(world.worktree, "large"), Buffer.alloc(52_428_801));
  execFileSync("mkfifo", [join(world.worktree, "fifo")]);
  symlinkSync(own, join(world.worktree, "link"));
  const runs = join(world.workspace, "runs", "theirs");
  mkdirSync(runs, { recursive: true });
  writeFileSync(join(runs, "f"), "theirs");
  const notes = join(world.workspace, "memory");
  mkdirSync(notes);
  writeFileSync(join(notes, "note.md"), "a note");
  const bad = [
    Array.from({ length: 11 }, () => own),
    [join(world.worktree, "large")],
    [join(world.worktree, "large"), own].toReversed(),
    [world.worktree],
    [join(world.worktree, "fifo")],
    [join(world.worktree, "link")],
    [join(world.worktree, "absent")],
    [join(world.workspace, "config", "thor.json")],
    [join(world.workspace, "data", "thor.db")],
    [join(world.main, ".git", "HEAD")],
    [join(runs, "f")],
    [join(notes, "note.md")],
    [`${world.worktree}/../../../../config/thor.json`],
    ["/etc/passwd"],
  ];
  for (const files of bad) {
    const args = files.flatMap((file) => ["--file", file]);
    const said = await poster(world)(["--channel", "C0OPEN1", ...args].join(" "), "hello", { cwd: world.worktree });
    expect(`${args.join(" ")} ${said.status}`).toBe(`${args.join(" ")} 400`);
  }
  const foreign = await world.second();
  expect(await poster(world, foreign.sessionId)(`--channel C0OPEN1 --file ${own}`)).toMatchObject({ status: 400 });
  expect(world.slack.calls).toEqual([]);
});

it("uploads files before the words, from the worktree, the conversation's folder and the agent's side, or says nothing", async () => {
  const sim = await startSim();
  const world = await openWorld(sim.env);
  await world.settle();
  const folder = join(world.workspace, "runs", "mine");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "report.csv"), "a,b\n");
  writeFileSync(join(world.worktree, "plot.svg"), "<svg/>");
  const { sessionId: session, anchorId: anchor } = world.first;
  const pass = { session, anchor, token: "t", cwd: folder, worktreesFile: "/none", expiresAt: Date.now() + 60_000 };
  writeFileSync(join(world.directory, "passes", `${session}.json`), JSON.stringify(pass));
  const files = [join(folder, "report.csv"), "plot.svg", "/tmp/picture"].flatMap((file) => ["--file", file]);
  const post = (words: string) =>
    poster(world)(["--channel", "C0GENERAL1", ...files].join(" "), words, {
      cwd: world.worktree,
      inlineFiles: [{ path: "/tmp/picture", dataBase64: Buffer.from("bytes").toString("base64") }],
    });
  expect(await post("see the files")).toMatchObject({ status: 200, stdout: '{"ok":true}\n' });
  const Traffic = z.array(z.looseObject({ method: z.string() }));
  const methods = async () =>
    Traffic.parse(
      (await (await sim.send("GET", "/_sim/traffic?sim=slack")).text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    )
      .map(({ method }) => method)
      .filter((method) => /^files|^chat|upload/.test(method));
  const [asked, sent] = ["files.getUploadURLExternal", "upload"];
  const whole = [asked, sent, asked, sent, asked, sent, "files.completeUploadExternal", "chat.postMessage"];
  expect(await methods()).toEqual(whole);
  await sim.fault("files.completeUploadExternal", { slackError: "internal_error" });
  const failed = await post("and again");
  expect(failed).toMatchObject({ status: 400, exitCode: 1, stderr: expect.stringContaining("internal_error") });
  expect((await methods()).filter((method) => method === "chat.postMessage")).toHaveLength(1);
});
