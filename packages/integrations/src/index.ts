/** Every integration that Thor brings; a static list, so that a bundle holds them all. */
import { atlassian } from "./atlassian.ts";
import { grafana } from "./grafana.ts";
import { langfuse } from "./langfuse.ts";
import type { Integration } from "./manifest.ts";
import { posthog } from "./posthog.ts";

export const INTEGRATIONS: readonly Integration[] = [atlassian, grafana, posthog, langfuse];
