/** Files in a thread: ask for an address, send the bytes there, complete all at once. */
import { z } from "zod";

import type { SlackApi } from "./client.ts";
import type { Answer } from "./pure/answer.ts";

const Asked = z.object({ upload_url: z.url(), file_id: z.string() });
const Completed = z.object({});
const UPLOAD_MS = 30_000;

interface FileBytes {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}
export interface Files {
  channel: string;
  threadTs?: string | undefined;
  files: readonly FileBytes[];
}

async function send(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<Answer<object>> {
  try {
    const signal = AbortSignal.timeout(UPLOAD_MS);
    const response = await fetch(url, { method: "POST", body: bytes, redirect: "error", signal });
    await response.body?.cancel();
    return response.ok ? { kind: "ok", body: {} } : { kind: "unknown", error: `HTTP ${response.status}` };
  } catch (err) {
    return { kind: "unknown", error: err instanceof Error ? err.name : "failed" };
  }
}

/** Files only go to Slack's own hosts, or to the one that its API was set to. */
function isSlackHost(url: string, apiUrl: string): boolean {
  const { hostname, protocol, origin } = new URL(url);
  return origin === new URL(apiUrl).origin || (protocol === "https:" && /(^|\.)slack(-edge)?\.com$/.test(hostname));
}

async function store(
  api: SlackApi,
  apiUrl: string,
  { name, bytes }: FileBytes,
): Promise<Answer<{ id: string; title: string }>> {
  const asked = await api.call("files.getUploadURLExternal", { filename: name, length: bytes.length }, Asked);
  if (asked.kind !== "ok") return asked;
  const { upload_url: url, file_id: id } = asked.body;
  if (!isSlackHost(url, apiUrl)) return { kind: "refused", code: "foreign_upload_host" };
  const sent = await send(url, bytes);
  return sent.kind === "ok" ? { kind: "ok", body: { id, title: name } } : sent;
}

export const createUpload =
  (api: SlackApi, apiUrl: string) =>
  async ({ channel, threadTs, files }: Files): Promise<Answer<object>> => {
    const stored: { id: string; title: string }[] = [];
    for (const file of files) {
      const kept = await store(api, apiUrl, file);
      if (kept.kind !== "ok") return kept;
      stored.push(kept.body);
    }
    const place = { channel_id: channel, ...(threadTs === undefined ? {} : { thread_ts: threadTs }) };
    return api.call("files.completeUploadExternal", { files: stored, ...place }, Completed);
  };
