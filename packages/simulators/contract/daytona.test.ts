import { spawnSync } from "node:child_process";

import { Daytona } from "@daytonaio/sdk";
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { getJson, moveClock, planFaults } from "./sim-client.ts";

const probe = ["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "--", "true"];
const hasCells = spawnSync("bwrap", probe).status === 0;
if (!hasCells) process.stderr.write("skipped: bubblewrap does not work on this machine\n");

let sim: RunningSimulators;
let daytona: Daytona;
beforeAll(async () => {
  sim = await startSimulators();
  daytona = new Daytona(sim.facts.daytona);
});
afterAll(async () => {
  await daytona[Symbol.asyncDispose]();
  await sim.close();
});

const create = (labels: Record<string, string>, more = {}) =>
  daytona.create({ snapshot: "daytona-medium", labels, autoStopInterval: 15, ...more });

describe.skipIf(!hasCells)("Daytona", () => {
  it("creates, labels, lists and deletes for its own client", async () => {
    const made = await create({ mine: "yes", kind: "a" });
    expect(made.state).toBe("started");
    await made.setLabels({ mine: "yes" });
    const listed = [];
    for await (const one of daytona.list({ labels: { mine: "yes" }, limit: 10 })) listed.push(one);
    expect(listed.map(({ id, labels }) => [id, labels["kind"]])).toEqual([[made.id, undefined]]);
    await made.delete();
    await expect(daytona.get(made.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  it("uploads, runs with followed output, downloads, and kills what a session left", async () => {
    const sandbox = await create({});
    await sandbox.fs.createFolder("/tmp/x", "700");
    await sandbox.fs.uploadFile(Buffer.from("sent"), "/tmp/x/file");
    await sandbox.process.createSession("s");
    const command = "cat /tmp/x/file; echo bad >&2; echo got > /workspace/sandbox/back; sleep 100 & sleep 0.2; exit 3";
    const { cmdId } = await sandbox.process.executeSessionCommand("s", { command, runAsync: true });
    const said = { stdout: "", stderr: "" };
    const killing = setTimeout(() => void sandbox.process.executeCommand("pkill -x sleep", "/"), 1000);
    await sandbox.process.getSessionCommandLogs(
      "s",
      cmdId,
      (text) => void (said.stdout += text),
      (text) => void (said.stderr += text),
    );
    clearTimeout(killing);
    expect(said).toEqual({ stdout: "sent", stderr: "bad\n" });
    expect((await sandbox.process.getSessionCommand("s", cmdId)).exitCode).toBe(3);
    expect((await sandbox.process.getSessionCommandLogs("s", cmdId)).stdout).toBe("sent");
    expect((await sandbox.fs.downloadFile("/workspace/sandbox/back")).toString()).toBe("got\n");
    await sandbox.process.executeSessionCommand("s", { command: "sleep 55", runAsync: true });
    await sandbox.process.deleteSession("s");
    await eventually("nothing of the session is left", async () => {
      const { result } = await sandbox.process.executeCommand("cat /proc/[0-9]*/comm | grep -c sleep", "/");
      return result === "0\n";
    });
    expect((await sandbox.process.executeCommand("cat /proc/net/dev | grep -c eth", "/")).result).toBe("0\n");
    await sandbox.delete();
  });

  it("stops what is idle by its clock, removes what is ephemeral, and refuses as the real one does", async () => {
    const kept = await create({ group: "idle" });
    const ephemeral = await create({ group: "idle" }, { ephemeral: true });
    await moveClock(sim.facts.url, { advance: "16m" });
    await kept.refreshData();
    expect(kept.state).toBe("stopped");
    await expect(daytona.get(ephemeral.id)).rejects.toMatchObject({ statusCode: 404 });
    await kept.start();
    expect(kept.state).toBe("started");
    await expect(daytona.create({ snapshot: "none" })).rejects.toMatchObject({ statusCode: 404 });
    await expect(create({}, { name: kept.name })).rejects.toMatchObject({ statusCode: 409 });
    await planFaults(sim.facts.url, [
      { id: "f", match: { sim: "daytona", method: "GET /api/sandbox/:id" }, do: { status: 429 }, times: 1 },
    ]);
    await expect(daytona.get(kept.id)).rejects.toMatchObject({ statusCode: 429 });
    const stranger = new Daytona({ ...sim.facts.daytona, apiKey: "wrong" });
    await expect(stranger.get(kept.id)).rejects.toMatchObject({ statusCode: 401 });
    await stranger[Symbol.asyncDispose]();
  });

  it("records a violation for a route that it does not know", async () => {
    const headers = { authorization: `Bearer ${sim.facts.daytona.apiKey}` };
    expect((await fetch(`${sim.facts.daytona.apiUrl}/nothing`, { headers })).status).toBe(404);
    const seen = await getJson(
      `${sim.facts.url}/_sim/violations`,
      z.array(z.object({ sim: z.string(), what: z.string() })),
    );
    expect(seen.filter(({ sim: of }) => of === "daytona")).toEqual([{ sim: "daytona", what: "an unknown route" }]);
  });
});
