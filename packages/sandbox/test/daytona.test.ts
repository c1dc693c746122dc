/** Daytona through its SDK, against the simulated account: the same promises as in cells, and what only a cloud does. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startSimulators } from "@thor/simulators/start";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { openDaytonaProvider, type DaytonaOptions } from "../src/providers/daytona.ts";
import { hasCells, openWorld } from "./world.ts";

type Settings = ReturnType<DaytonaOptions["settings"]>;

async function openAccount(options: { quota?: number } = {}) {
  const sim = await startSimulators({ daytona: options });
  onTestFinished(() => sim.close());
  const { apiUrl, apiKey } = sim.facts.daytona;
  const controlAt = (base: string) => (method: string, path: string, body: unknown) =>
    fetch(`${base}/_sim/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const control = controlAt(sim.facts.url);
  const controlDaytona = controlAt(apiUrl.replace("/api", ""));
  const providerWith =
    (more: Partial<Settings> = {}, key = apiKey, instance = "test") =>
    async (directory: string) => {
      const settings = {
        snapshot: "daytona-medium",
        idleStopMs: 900_000,
        keepStoppedForMs: 0,
        network: "open" as const,
        ...more,
      };
      const worktrees = join(directory, "worktrees");
      const provider = openDaytonaProvider({ apiKey: key, apiUrl, worktrees, instance, settings: () => settings });
      onTestFinished(() => provider.close());
      return provider;
    };
  return {
    open: (more: Partial<Settings> = {}) => openWorld({ provider: providerWith(more) }),
    providerWith,
    fault: (...faults: readonly object[]) => control("PUT", "faults", faults),
    advance: (time: string) => control("POST", "clock", { advance: time }),
    setState: (id: string, state: string) => controlDaytona("PUT", `sandbox/${id}`, { state }),
    breakLogs: () => controlDaytona("POST", "break-logs", {}),
    violations: async () => z.array(z.unknown()).parse(await (await fetch(`${sim.facts.url}/_sim/violations`)).json()),
    calls: async (method: string) => {
      const text = await (await fetch(`${sim.facts.url}/_sim/traffic?sim=daytona`)).text();
      return text.split("\n").filter((line) => line.includes(`"method":"${method}"`)).length;
    },
  };
}
const EXEC = "POST /toolbox/:id/process/session/:session/exec";
const failing = (method: string, status: number, times: number) => ({
  id: `${method} ${status}`,
  match: { sim: "daytona", method },
  do: { status, body: { statusCode: status, message: "planned" } },
  times,
});

describe.skipIf(!hasCells)("Daytona", () => {
  it("runs on the worktree as it is, brings changes back, keeps ignored files, and speaks only what is known (S9, S10, S36)", async () => {
    const account = await openAccount();
    const { root, bash, act, engine } = await account.open();
    writeFileSync(join(root, "a.txt"), "edited\n");
    const ran = await bash(
      "cat a.txt; env | sort | cut -d= -f1 | tr '\\n' ' '; echo made > made; mkdir node_modules; echo d > node_modules/d",
    );
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("edited\n") });
    expect(ran.stdout).toContain("CI HOME LANG");
    expect(ran.stdout).not.toContain("DAYTONA");
    expect(readFileSync(join(root, "made"), "utf8")).toBe("made\n");
    writeFileSync(join(root, "a.txt"), "one\n");
    expect(await bash("cat a.txt node_modules/d; echo left > left; exit 4")).toMatchObject({
      code: 4,
      stdout: "one\nd\n",
    });
    expect((await bash("ls; printf '\\342\\202\\254' >&2")).stdout).toBe("a.txt\nmade\nnode_modules\nsrc\n");
    expect(await engine.list(() => true)).toMatchObject([{ cwd: root, provider: "daytona", name: "thor-r-feat" }]);
    expect(await act("stop")).toMatchObject({ code: 0, stdout: expect.stringContaining("stopped and removed") });
    expect(await engine.list(() => true)).toEqual([]);
    expect(await account.violations()).toEqual([]);
  });

  it("ends a command with all it started, by time and by cancel, and works afterwards (S19, S20)", async () => {
    const { bash, exec, root } = await (await openAccount()).open();
    expect(await exec(["--timeout", "2s", "sleep", "60"])).toMatchObject({ code: 124 });
    const abort = new AbortController();
    const running = bash("echo x > made; sleep 60 & sleep 60", [], abort.signal);
    setTimeout(() => abort.abort(), 2500);
    expect((await running).code).toBe(130);
    expect(existsSync(join(root, "made"))).toBe(false);
    const { stdout } = await bash("grep -l sleep /proc/[0-9]*/comm | wc -l; ls");
    expect(stdout).not.toContain("made");
    expect((await bash("cat /proc/[0-9]*/comm | grep -c sleep")).stdout).toBe("0\n");
  });

  it("starts a stopped sandbox that is kept, and replaces a broken one with a note (S23)", async () => {
    const account = await openAccount();
    const { bash, act, engine } = await account.open({ keepStoppedForMs: 3_600_000 });
    await bash("mkdir node_modules; echo kept > node_modules/x");
    const [first] = await engine.list(() => true);
    expect((await act("stop")).stdout).toContain("stopped\n");
    expect((await bash("cat node_modules/x")).stdout).toBe("kept\n");
    expect((await engine.list(() => true))[0]?.id).toBe(first?.id);
    await account.setState(first?.id ?? "", "error");
    const replaced = await bash("ls");
    expect(replaced).toMatchObject({
      code: 0,
      stdout: "a.txt\nsrc\n",
      notes: expect.stringContaining("was broken and is replaced"),
    });
    expect((await engine.list(() => true))[0]?.id).not.toBe(first?.id);
  });

  it("is gone after it was idle for long, and made anew", async () => {
    const account = await openAccount();
    const { bash, engine } = await account.open();
    await bash("true");
    await account.advance("20m");
    expect(await engine.list(() => true)).toEqual([]);
    expect((await bash("cat a.txt")).stdout).toBe("one\n");
  });

  it("takes the started one of two, deletes the other, and leaves other installations alone (S24, S25)", async () => {
    const account = await openAccount();
    const { root, directory, engine, bash, provider } = await account.open({ keepStoppedForMs: 3_600_000 });
    const foreign = await account.providerWith({}, undefined, "another")(directory);
    const one = await provider.create({ root, anchor: "a" });
    const two = await provider.create({ root, anchor: "a" });
    await foreign.create({ root, anchor: "theirs" });
    await provider.stop(two);
    await bash("true");
    expect((await provider.list(root)).map(({ id }) => id)).toEqual([one.id]);
    await engine.forget(root);
    expect(await foreign.list()).toHaveLength(1);
  });

  it("repeats what may be repeated and never the command (S30)", async () => {
    const account = await openAccount();
    const { bash } = await account.open();
    await account.fault(
      failing("GET /api/sandbox", 500, 1),
      failing("POST /toolbox/:id/files/bulk-upload", 500, 2),
      failing("PUT /api/sandbox/:id/labels", 429, 1),
    );
    expect(await bash("echo ran")).toMatchObject({ code: 0, stdout: "ran\n" });
    const before = await account.calls(EXEC);
    await account.fault(failing(EXEC, 500, 9));
    const failed = await bash("echo again");
    expect(failed).toMatchObject({ code: 1, stdout: "", notes: expect.stringContaining("Daytona is unreachable") });
    expect((await account.calls(EXEC)) - before).toBeLessThanOrEqual(2);
  });

  it.each([
    [401, "POST /api/sandbox", "Daytona rejected the credentials"],
    [402, "POST /api/sandbox", "Daytona limit reached"],
    [500, "POST /api/sandbox", "Daytona is unreachable"],
    [500, "POST /toolbox/:id/files/folder", "Daytona is unreachable"],
    [500, "POST /toolbox/:id/files/bulk-upload", "Daytona is unreachable"],
    [500, "PUT /api/sandbox/:id/labels", "Daytona is unreachable"],
    [500, "POST /toolbox/:id/process/session", "Daytona is unreachable"],
  ])(
    "says in words what %i at %s means, and leaves no new sandbox that was never synced",
    async (status, method, text) => {
      const account = await openAccount();
      const { bash, engine } = await account.open();
      await account.fault(failing(method, status, 99));
      expect(await bash("echo ran")).toMatchObject({ code: 1, stdout: "", notes: expect.stringContaining(text) });
      await account.fault();
      expect(await engine.list(() => true)).toEqual([]);
      expect((await bash("echo ran")).stdout).toBe("ran\n");
    },
  );

  it("goes on after output that broke off, without saying anything twice", async () => {
    const account = await openAccount();
    const { bash } = await account.open();
    await bash("true");
    const running = bash("for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done");
    setTimeout(() => void account.breakLogs(), 1800);
    expect(await running).toMatchObject({ code: 0, stdout: [1, 2, 3, 4, 5, 6].map((at) => `line ${at}\n`).join("") });
  });

  it("says so when the sandbox ends under a command, and a snapshot or key that is wrong", async () => {
    const account = await openAccount();
    const { bash, engine } = await account.open({ keepStoppedForMs: 3_600_000 });
    await bash("true");
    const [found] = await engine.list(() => true);
    const running = bash("sleep 30");
    setTimeout(() => void account.setState(found?.id ?? "", "stopped"), 1500);
    expect(await running).toMatchObject({ code: 1, notes: expect.stringContaining("the sandbox ended while running") });
    const missing = await account.open({ snapshot: "nowhere" });
    expect((await missing.bash("true")).notes).toContain("snapshot nowhere not found");
    const locked = await openWorld({ provider: account.providerWith({}, "a-wrong-key") });
    expect((await locked.bash("true")).notes).toContain("Daytona rejected the credentials");
  });
});
