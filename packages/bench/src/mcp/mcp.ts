/** `bench mcp [--quick]`: what a call of an upstream's tool costs through Thor, over the same call by the official client. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startSimulators, type SimulatorFacts } from "@thor/simulators/start";

import { freePort } from "../policy/policy.ts";
import { startRemoteCliProcess } from "../policy/remote-cli-process.ts";
import { inParallel, median, missed, renderReport, timeEach, type Measure } from "../report.ts";

const LANES = 16;
const WARM_UP = 30;
const ROUNDS = 5;
const MAX_ADDED_MS = 1.5;
const MAX_RATIO = 1.4;
type Call = () => Promise<void>;

async function connect({ mcp }: SimulatorFacts): Promise<{ call: Call; close: () => Promise<void> }> {
  const requestInit = { headers: { authorization: `Bearer ${mcp.token}` } };
  const transport = new StreamableHTTPClientTransport(new URL(`${mcp.baseUrl}/atlassian`), { requestInit });
  const client = new Client({ name: "bench", version: "1.0.0" }, { capabilities: {} });
  await client.connect(transport);
  const call = async () => {
    await client.callTool({ name: "getConfluencePage", arguments: { cloudId: "cloud-1" } });
  };
  return { call, close: () => client.close() };
}

/** How long each of many calls took while so many were under way. */
async function timeTogether(total: number, lanes: number, call: Call): Promise<number[]> {
  const took: number[] = [];
  await inParallel(total, lanes, async () => {
    took.push(...(await timeEach(1, call)));
  });
  return took;
}

/** Takes turns, so that a busy machine slows both sides alike. The goal is met by either measure. */
async function measureAt(lanes: number, times: number, sides: { plain: Call; thor: Call }): Promise<Measure> {
  const took = { plain: [] as number[], thor: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    took.plain.push(...(await timeTogether(times, lanes, sides.plain)));
    took.thor.push(...(await timeTogether(times, lanes, sides.thor)));
  }
  const [plain, thor] = [median(took.plain), median(took.thor)];
  return {
    id: `M${lanes}`,
    what: `a tool of an upstream, ${lanes} at once, p50 over the official client`,
    value: thor / plain,
    goal: Math.max(MAX_RATIO, (plain + MAX_ADDED_MS) / plain),
    must: "at most",
    detail: `${plain.toFixed(2)} ms direct, ${thor.toFixed(2)} ms through Thor`,
  };
}

/** Runs both measures, prints the table, answers how many goals were missed. */
export async function runMcpBench(args: string[]): Promise<number> {
  const sim = await startSimulators();
  const { mcp, slack } = sim.facts;
  const service = await startRemoteCliProcess(await freePort(), {
    ATLASSIAN_AUTH: `Bearer ${mcp.token}`,
    ATLASSIAN_CLOUD_ID: "cloud-1",
    ATLASSIAN_MCP_URL: `${mcp.baseUrl}/atlassian`,
    SLACK_API_BASE_URL: slack.apiUrl,
  });
  const direct = await connect(sim.facts);
  try {
    const sides = { plain: direct.call, thor: service.getPage };
    await timeEach(WARM_UP, sides.plain);
    await timeEach(WARM_UP, sides.thor);
    const times = args.includes("--quick") ? 40 : 200;
    const measures = [await measureAt(1, times, sides), await measureAt(LANES, times, sides)];
    process.stdout.write(`${renderReport(measures)}\n`);
    return missed(measures);
  } finally {
    await direct.close();
    service.stop();
    await sim.close();
  }
}
