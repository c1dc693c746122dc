/** What an edit changed, line by line, with signs as well as colours. */
import type { DiffLine, FileDiff } from "../../diff.ts";
import { Code, Text, Words } from "../../ui/text.tsx";

const OPEN_LINES = 40;
const MAX_LINES = 400;
const SIGNS = { same: " ", added: "+", removed: "−", gap: "⋯" } as const;
const WORDS = { added: "new file", deleted: "deleted", moved: "moved", edited: "" } as const;

const Line = ({ line }: { line: DiffLine }) => (
  <tr class={`line ${line.kind}`}>
    <td class="no">
      <Words value={line.before ?? ""} />
    </td>
    <td class="no">
      <Words value={line.after ?? ""} />
    </td>
    <td class="sign">
      <Words value={SIGNS[line.kind]} />
    </td>
    <td class="code">
      <Text value={line.text} />
    </td>
  </tr>
);

/** One file; long ones are folded, very long ones show their beginning. */
export const Diff = ({ file, id, whole }: { file: FileDiff; id: string; whole: string }) => (
  <details class="diff" id={id} open={file.lines.length <= OPEN_LINES}>
    <summary>
      <Code value={file.path} />{" "}
      <span class="counts">
        <ins>
          <Words value={`+${file.added}`} />
        </ins>{" "}
        <del>
          <Words value={`−${file.removed}`} />
        </del>
      </span>{" "}
      <Words value={WORDS[file.change]} />
    </summary>
    <div class="scroll" tabindex="0" role="region" aria-label={`Changes of ${file.path}`}>
      <table class="lines">
        <caption class="hidden">
          <Text value={`Changed lines of ${file.path}`} />
        </caption>
        <tbody>
          {file.lines.slice(0, MAX_LINES).map((line) => (
            <Line line={line} />
          ))}
        </tbody>
      </table>
    </div>
    {file.lines.length > MAX_LINES ? (
      <p class="more">
        <a href={whole}>
          <Words value={`Show all ${file.lines.length} lines`} />
        </a>
      </p>
    ) : undefined}
  </details>
);
