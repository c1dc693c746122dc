/** Migration 3: calls of tools in the sums of an hour, for limits that count them. Frozen once released. */
export const USAGE = ["alter table usage_hourly add column tool_calls bigint not null default 0"] as const;
