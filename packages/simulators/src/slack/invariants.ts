/** What must hold of the workspace after every scenario. */
import type { Workspace } from "./workspace.ts";

const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  thor_outbox: ["id"],
  thor_control: ["triggerId"],
  thor_agent: ["callId", "triggerId"],
};

/** Bot messages that carry an identity which another message carries too: something was said twice. */
export function doubledMessages(workspace: Workspace): string[] {
  const seen = new Map<string, string>();
  const broken: string[] = [];
  const everywhere = workspace.channels.all().flatMap(({ id }) => {
    const roots = workspace.history(id).filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts);
    return roots.flatMap(({ ts }) => workspace.thread(id, ts));
  });
  for (const { metadata, channel, ts } of everywhere) {
    const keys = metadata === undefined ? undefined : IDENTITY[metadata.event_type];
    if (metadata === undefined || keys === undefined) continue;
    const identity = `${metadata.event_type} ${keys.map((key) => String(metadata.event_payload[key])).join(" ")}`;
    const first = seen.get(identity);
    if (first === undefined) seen.set(identity, `${channel}/${ts}`);
    else broken.push(`said twice: ${identity} in ${first} and ${channel}/${ts}`);
  }
  return broken;
}
