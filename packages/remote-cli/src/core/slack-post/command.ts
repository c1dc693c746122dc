import { command, lists, values } from "../grammar/rows.ts";
import type { CommandSpec } from "../grammar/spec.ts";
import { matching, text } from "../grammar/validate/text.ts";

/** The one row of slack-post-message. */
export const SLACK_POST: CommandSpec = command("", {
  id: "post",
  options: [
    ...values("--channel", matching("channel id", /^[CGD][A-Z0-9]{2,20}$/)),
    ...values("--thread-ts", matching("message ts", /^\d+\.\d{6}$/)),
    ...values("--blocks-file", text(4096, "path")),
    ...lists("--file", text(4096, "path")),
  ],
  rules: [{ kind: "exactlyOne", of: ["--channel"] }],
  effect: "net-write",
});
