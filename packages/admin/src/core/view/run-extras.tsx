/** What operators see of a run besides what readers see. */
import { formatBytes } from "@thor/views/format";
import { Empty, Panel } from "@thor/views/ui/parts";
import { Block, Text } from "@thor/views/ui/text";

import { promptBlocks } from "../prompt-blocks.ts";
import { Act } from "./act.tsx";

export interface RunExtrasProps {
  anchorId: string;
  run: { id: string; prompt?: string | undefined; revs?: unknown; isOpen: boolean };
  csrf: string;
}

/** Stop, the exact prompt, and the way to the reader's page. */
export const RunExtras = ({ anchorId, run, csrf }: RunExtrasProps) => (
  <Panel id="run-extras" title="For operators">
    <div class="actions">
      {run.isOpen ? (
        <Act
          csrf={csrf}
          action={`/admin/conversations/${anchorId}/stop`}
          word="Stop…"
          tone="danger"
          fields={{ run: run.id }}
        />
      ) : undefined}
      <a class="button" href={`/admin/conversations/${anchorId}`}>
        Conversation
      </a>
      <a class="button" href={`/runner/v/${anchorId}/${run.id}`}>
        Open as a user sees it
      </a>
    </div>
    {run.prompt === undefined ? (
      <Empty value="The prompt is not kept any more." />
    ) : (
      promptBlocks(run.prompt, run.revs).map(({ kind, bytes, sha256, text }, at) => (
        <details id={`prompt-${at}`}>
          <summary>
            <Text value={`${kind} · ${formatBytes(bytes)}`} />
          </summary>
          {text === undefined ? (
            <Text value={`Not shown: its words belong to one person. ${sha256}`} />
          ) : (
            <Block value={text} label={kind} />
          )}
        </details>
      ))
    )}
  </Panel>
);
