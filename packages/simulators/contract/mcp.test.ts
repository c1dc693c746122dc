import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { getJson, sendJson } from "./sim-client.ts";

let sim: RunningSimulators;
beforeAll(async () => {
  sim = await startSimulators();
});
afterAll(() => sim.close());

async function connect(upstream: string, token = sim.facts.mcp.token) {
  const client = new Client({ name: "contract", version: "1.0.0" }, { capabilities: {} });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const transport = new StreamableHTTPClientTransport(new URL(`${sim.facts.mcp.baseUrl}/${upstream}`), { requestInit });
  await client.connect(transport);
  return { client, transport };
}

it("speaks to the official client: initialise, list, call, and a refusal in the tool's own words", async () => {
  const { client } = await connect("atlassian");
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain("createJiraIssue");
  const created = await client.callTool({
    name: "createJiraIssue",
    arguments: { cloudId: "cloud-1", projectKey: "SHOP", issueTypeName: "Bug", summary: "Broken cart" },
  });
  expect(JSON.stringify(created.content)).toContain("SHOP-1");
  const refused = await client.callTool({ name: "getJiraIssue", arguments: { cloudId: "other" } });
  expect(refused.isError).toBe(true);
  await expect(client.callTool({ name: "nothing", arguments: {} })).rejects.toThrow("not found");
  await client.close();
});

it("lets nobody in without the token", async () => {
  await expect(connect("atlassian", "wrong")).rejects.toThrow("invalid_token");
});

it("tells listeners of changed tools, and forgets sessions when it is told to", async () => {
  const { client, transport } = await connect("other");
  const changed = new Promise<void>((resolve) => {
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve());
  });
  const State = z.object({ sessions: z.number(), tools: z.array(z.string()) });
  const control = `${sim.facts.url}/_sim/mcp/other`;
  await sendJson("PUT", `${control}/tools`, [{ name: "grow", inputSchema: { type: "object" } }]);
  await changed;
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["grow"]);
  await transport.terminateSession();
  expect(await getJson(control, State)).toEqual({ sessions: 0, tools: ["grow"] });
  await client.close();
});
