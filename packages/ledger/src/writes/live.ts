/** Conditions that match the partial indexes word for word, so that they are used. */
import { sql } from "kysely";

export const LIVE_EVENT = sql<boolean>`state in ('ready', 'claimed')`;
export const LIVE_PROMISE = sql<boolean>`state in ('pending', 'claimed')`;
export const OPEN_RUN = sql<boolean>`status in ('starting', 'running', 'parked')`;
