import { sha256Hex } from "@thor/kit/derived-key";
import { systemClock } from "@thor/kit/system-clock";
import { createSlackApi } from "@thor/slack/client";

import { createReadAttachment } from "../adapters/attachments.ts";
import { createVisibility } from "../adapters/channel-visibility.ts";
import { createSlackPoster } from "../adapters/slack-poster.ts";
import { findSecret } from "../core/outbound/secret-scan.ts";
import { createPostSlack } from "../flows/post-slack.ts";
import { viewerLinkOf, type Parts, type Placing } from "./parts.ts";

/** Posts to Slack. */
export function createSlackSide({ config, log, ledger, view, audit, heldSecrets }: Parts, placing: Placing) {
  const api = createSlackApi(config.slack);
  return createPostSlack({
    ...ledger,
    log,
    config: () => view.current().admission,
    viewerLink: viewerLinkOf(config),
    visibilityOf: createVisibility(api, systemClock),
    readFile: createReadAttachment({ ...config, ...placing }),
    findSecret: (text) => findSecret(text, heldSecrets()),
    digest: sha256Hex,
    ...createSlackPoster(api, config.slack.baseUrl),
    pause: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => resolve(clearTimeout(timer)), { once: true });
      }),
    note: audit.note,
  });
}
