/** What came back, written out as if the command had run here. */
import type { ExecLine, ExecResult } from "@thor/domain/exec";

export interface Output {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
}

const SILENCE_MS = 120_000;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isResult(value: unknown): value is ExecResult {
  return (
    isRecord(value) &&
    typeof value["stdout"] === "string" &&
    typeof value["stderr"] === "string" &&
    typeof value["exitCode"] === "number"
  );
}

function isLine(value: unknown): value is ExecLine {
  if (!isRecord(value)) return false;
  const { type, data, exitCode } = value;
  if (type === "stdout" || type === "stderr") return typeof data === "string";
  return type === "heartbeat" || (type === "exit" && typeof exitCode === "number");
}

/** Writes one line of a stream; gives the exit code when it is the last one. */
function writeLine(text: string, output: Output): number | undefined {
  const line = parseJson(text);
  if (!isLine(line)) {
    output.stderr("remote-cli sent a line that cannot be read\n");
    return 1;
  }
  if (line.type === "stdout") output.stdout(line.data);
  if (line.type === "stderr") output.stderr(line.data);
  return line.type === "exit" ? line.exitCode : undefined;
}

/** The next part of a body, or an error after a silence that no heartbeat broke. */
async function nextPart(reader: ReadableStreamDefaultReader<Uint8Array>) {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("silence")), SILENCE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function readStream(body: ReadableStream<Uint8Array>, output: Output): Promise<number> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const part = await nextPart(reader).catch(() => ({ done: true, value: undefined }));
    rest += part.value === undefined ? decoder.decode() : decoder.decode(part.value, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const exitCode = writeLine(line, output);
      if (exitCode !== undefined) return exitCode;
    }
    if (part.done) break;
  }
  output.stderr("remote-cli closed the stream early\n");
  return 1;
}

/** Writes a reply and gives the exit code to end with. */
export async function writeReply(response: Response, output: Output): Promise<number> {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/x-ndjson") && response.body !== null) return readStream(response.body, output);
  const text = await response.text().catch(() => "");
  const result = parseJson(text);
  if (!isResult(result)) {
    const isJson = type.startsWith("application/json") && response.ok;
    output.stderr(
      isJson ? "remote-cli sent an answer that cannot be read\n" : `HTTP ${response.status}: ${text.slice(0, 300)}\n`,
    );
    return 1;
  }
  if (response.ok) {
    output.stdout(result.stdout);
    output.stderr(result.stderr);
    return result.exitCode;
  }
  output.stderr(result.stderr);
  output.stdout(result.stdout);
  return result.exitCode === 0 ? 1 : result.exitCode;
}
