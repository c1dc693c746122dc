/** psql against a real PostgreSQL, and Metabase as a double on the wire. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { openWorld } from "./world.ts";

const DEBIAN = "/usr/lib/postgresql";
const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
const bin = versions.map((name) => join(DEBIAN, name, "bin")).find((path) => existsSync(join(path, "initdb")));
const hasPsql = bin !== undefined && spawnSync("psql", ["--version"]).status === 0;
if (!hasPsql) process.stderr.write("SKIPPED: psql against PostgreSQL, because it is not installed here\n");

/** A server on a port of its own; PostgreSQL refuses to be root, so it runs as its own account then. */
function startPostgres(): number {
  const directory = tempDir();
  const port = 20_000 + (process.pid % 20_000);
  const cluster = join(directory, "pg");
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? ["runuser", "-u", "postgres", "--"] : [];
  const run = (name: string, ...args: string[]) => {
    const [program = "", ...words] = [...as, join(bin ?? "", name), ...args];
    execFileSync(program, words, { cwd: directory, stdio: "ignore" });
  };
  if (isRoot) {
    chmodSync(directory, 0o755);
    execFileSync("install", ["-d", "-o", "postgres", cluster]);
  }
  run("initdb", "-D", cluster, "-A", "trust", "-U", "reader", "--no-sync");
  run(
    "pg_ctl",
    "-D",
    cluster,
    "-w",
    "-o",
    `-p ${port} -c listen_addresses=127.0.0.1 -k ${cluster} -c fsync=off`,
    "-l",
    "/dev/null",
    "start",
  );
  onTestFinished(() => run("pg_ctl", "-D", cluster, "-m", "immediate", "stop"));
  return port;
}

describe.skipIf(!hasPsql)("psql", () => {
  it("reads in one transaction that cannot write, and shows no password", async () => {
    const port = startPostgres();
    const db = {
      host: "127.0.0.1",
      port,
      database: "postgres",
      username: "reader",
      password: "a-long-password",
      sslmode: "disable",
    };
    const world = await openWorld({ PSQL_DATABASES: JSON.stringify({ db }) });
    const psql = (...args: string[]) => world.exec(world.first.sessionId, "/exec/psql", { args, cwd: "/" });
    expect(await psql("db", "-tAc", "select 1; select 2")).toMatchObject({
      status: 200,
      exitCode: 0,
      stdout: "1\n2\n",
    });
    expect(await psql("db", "-tAc", "show transaction_read_only")).toMatchObject({ stdout: "on\n" });
    expect(await psql("db")).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await psql("db", "--csv", "-c", "select 'a-long-password' as p")).stdout).toBe(
      "p\n[redacted:integration-credential]\n",
    );
    // A function that the gate does not know cannot write either: the session itself is read-only.
    expect(await psql("db", "-c", "select lo_creat(-1)")).toMatchObject({ status: 400 });
    const sql =
      "create table t (x int); create function writes() returns int language sql as 'insert into t values (1) returning x'";
    execFileSync("psql", ["-q", "-h", "127.0.0.1", "-p", String(port), "-U", "reader", "-d", "postgres", "-c", sql]);
    const written = await psql("db", "-c", "select writes()");
    expect(written.exitCode).not.toBe(0);
    expect(written.stderr).toContain("read-only transaction");
    expect(await psql("other", "-c", "select 1")).toMatchObject({
      status: 400,
      stderr: expect.stringContaining("known are: db"),
    });
  });

  it("gives a profile its own databases or none of another's, and names a malformed variable without its value", async () => {
    const world = await openWorld({ PSQL_DATABASES: '{"db":{"host":"h","password":"hidden-password"}}' });
    const answer = await world.exec(world.first.sessionId, "/exec/psql", { args: ["db", "-c", "select 1"] });
    expect(answer).toMatchObject({
      status: 400,
      stderr: expect.stringContaining("PSQL_DATABASES is malformed at db.database"),
    });
    expect(answer.stderr).not.toContain("hidden");
  });
});

const Dataset = z.object({ native: z.object({ query: z.string() }).optional() });

/** Metabase with one database, one table in each of two schemas, and cards. */
async function startMetabase(engine: string) {
  const asked: string[] = [];
  const keys = new Set<string>();
  const state: { redirectTo?: string } = {};
  const card = (dataset_query: object, database_id = 1) => ({ id: 7, database_id, dataset_query });
  const tag = { name: "who", type: "text" };
  const native = (query: string, tags = {}) => ({ type: "native", native: { query, "template-tags": tags } });
  const answers: Record<string, unknown> = {
    "GET /api/database/1": { id: 1, name: "Shop", engine },
    "GET /api/database/1/schemas": ["sales", "hr"],
    "GET /api/database/1/schema/sales": [{ id: 12, name: "orders" }],
    "GET /api/table/12": { schema: "sales", db_id: 1 },
    "GET /api/table/13": { schema: "hr", db_id: 1 },
    "GET /api/table/12/query_metadata": { fields: [{ name: "id", base_type: "type/Integer" }] },
    "GET /api/card/1": card(native("select * from hr.people")),
    "GET /api/card/2": card(native("select id from sales.orders where who = {{who}}", { who: tag })),
    "GET /api/card/3": card(native("select {{snippet: x}}")),
    "GET /api/card/4": card({ type: "query", query: { "source-table": 12 } }),
    "GET /api/card/5": card({ type: "query", query: { "source-table": 12, joins: [{ "source-table": 13 }] } }),
    "GET /api/card/6": card(native("select 1"), 2),
    "GET /api/card/8": card({ type: "query", query: { "source-table": "card__5" } }),
    "GET /api/card/9": card({ type: "query", query: { "source-query": { native: "select * from hr.people" } } }),
  };
  const server = createServer((request, response) => {
    keys.add(String(request.headers["x-api-key"]));
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const name = `${request.method} ${request.url}`;
      const isData = name === "POST /api/dataset";
      if (state.redirectTo !== undefined) {
        response.writeHead(307, { location: `${state.redirectTo}${request.url}` }).end();
        return;
      }
      if (isData) asked.push(Dataset.parse(JSON.parse(body)).native?.query ?? "built");
      const rows = Array.from({ length: 101 }, (_, at) => [at]);
      const answer = isData ? { status: "completed", data: { cols: [{ name: "id" }], rows } } : answers[name];
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`, asked, keys, state };
}

const settings = (url: string) => ({
  METABASE_URL: url,
  METABASE_API_KEY: "a-key-for-metabase",
  METABASE_DATABASE_ID: "1",
  METABASE_ALLOWED_SCHEMAS: "sales",
});

describe("metabase", () => {
  it("asks only what was judged, one row more than it shows, with its own key", async () => {
    const host = await startMetabase("postgres");
    const world = await openWorld(settings(host.url));
    const metabase = (...args: string[]) => world.exec(world.first.sessionId, "/exec/metabase", { args });
    expect(await metabase("schemas", "--format", "csv")).toMatchObject({ exitCode: 0, stdout: "schema\nsales\n" });
    expect(await metabase("tables", "--format", "json")).toMatchObject({
      stdout: '[{"schema":"sales","table":"orders"}]\n',
    });
    expect(await metabase("columns", "sales.orders", "--format", "csv")).toMatchObject({
      stdout: "column,type,description\nid,type/Integer,\n",
    });
    const shown = await metabase("query", "select id from sales.orders -- all", "--format", "csv");
    expect(shown.stdout.split("\n")).toHaveLength(102);
    expect(shown.stderr).toContain("more than 100 rows");
    expect(await metabase("card", "2", "--param", "who=O'Neil")).toMatchObject({ exitCode: 0 });
    expect(await metabase("card", "4")).toMatchObject({ exitCode: 0 });
    for (const id of ["1", "3", "5", "6", "8", "9", "99"])
      expect([id, (await metabase("card", id)).status]).toEqual([id, 400]);
    expect((await metabase("query", "select * from hr.people")).status).toBe(400);
    expect(host.asked).toEqual([
      "SELECT id FROM sales.orders LIMIT 101",
      "SELECT id FROM sales.orders WHERE who = 'O''Neil' LIMIT 101",
      "built",
    ]);
    expect([...host.keys]).toEqual(["a-key-for-metabase"]);
    const elsewhere = await startMetabase("postgres");
    host.state.redirectTo = elsewhere.url;
    for (const words of [["tables"], ["query", "select id from sales.orders"], ["card", "4"]]) {
      const moved = await metabase(...words);
      expect([words, moved.exitCode, moved.stdout]).toEqual([words, 1, ""]);
    }
    expect([...elsewhere.keys]).toEqual([]);
  });

  it("lists, but asks no SQL, of a dialect that PostgreSQL's parser does not speak", async () => {
    const host = await startMetabase("snowflake");
    const world = await openWorld(settings(host.url));
    const metabase = (...args: string[]) => world.exec(world.first.sessionId, "/exec/metabase", { args });
    expect(await metabase("tables")).toMatchObject({ status: 200, exitCode: 0 });
    expect(await metabase("query", "select 1")).toMatchObject({
      status: 400,
      stderr: expect.stringContaining("snowflake"),
    });
    expect(host.asked).toEqual([]);
  });

  it("is not available half configured or over plain http, and says which variable", async () => {
    const { METABASE_API_KEY: _, ...three } = settings("https://metabase.example");
    for (const [env, name] of [
      [three, "METABASE_API_KEY"],
      [settings("http://metabase.example"), "METABASE_URL"],
    ] as const) {
      const world = await openWorld(env);
      const answer = await world.exec(world.first.sessionId, "/exec/metabase", { args: ["tables"] });
      expect(answer).toMatchObject({ status: 400, stderr: expect.stringContaining(name) });
    }
  });
});

it("says of a tool that is not installed that it is not, and asks a person before what may change something", async () => {
  const world = await openWorld({
    PATH: "/usr/lib/git-core:/bin:/usr/bin",
    LD_ACCESS_TOKEN: "a-token-of-launchdarkly",
  });
  const exec = (tool: string, ...args: string[]) => world.exec(world.first.sessionId, `/exec/${tool}`, { args });
  expect(await exec("ldcli", "projects", "list")).toMatchObject({
    status: 200,
    exitCode: 127,
    stderr: "ldcli: not installed in this deployment\n",
  });
  expect(await exec("aws", "ec2", "terminate-instances", "--instance-ids", "i-1")).toMatchObject({
    status: 200,
    stdout: expect.stringContaining('"approval_required"'),
  });
  expect(await exec("scoutqa", "list-executions")).toMatchObject({
    status: 400,
    stderr: expect.stringContaining("SCOUT_API_KEY"),
  });
});
