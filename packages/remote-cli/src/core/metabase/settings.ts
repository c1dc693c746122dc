/** Where Metabase is and what of it may be seen: four variables, all or none. */
import { bundleFor, type Variables } from "../credentials.ts";

const NAMES = ["METABASE_URL", "METABASE_API_KEY", "METABASE_DATABASE_ID", "METABASE_ALLOWED_SCHEMAS"];

export interface MetabaseSettings {
  url: string;
  apiKey: string;
  databaseId: number;
  schemas: readonly string[];
}
export type MetabaseFound = { kind: "settings"; settings: MetabaseSettings } | { kind: "unavailable"; reason: string };

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const unavailable = (reason: string): MetabaseFound => ({ kind: "unavailable", reason });

function isAllowedUrl(text: string, isProduction: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  if (username !== "") return false;
  return protocol === "https:" || (protocol === "http:" && !isProduction && LOOPBACK.test(hostname));
}

/** The settings for a profile, or the variable that is wrong. */
export function metabaseFor(variables: Variables, profile: string | undefined, isProduction: boolean): MetabaseFound {
  const bundle = bundleFor(variables, NAMES, profile);
  if (bundle.kind === "absent") return unavailable("metabase is not configured in this deployment (METABASE_URL)");
  if (bundle.kind === "incomplete") return unavailable(`${bundle.missing} is not set`);
  const { values } = bundle;
  const url = (values["METABASE_URL"] ?? "").replace(/\/+$/, "");
  if (!isAllowedUrl(url, isProduction)) return unavailable("METABASE_URL must be https");
  const databaseId = values["METABASE_DATABASE_ID"] ?? "";
  if (!/^\d{1,9}$/.test(databaseId)) return unavailable("METABASE_DATABASE_ID must be a number");
  const schemas = (values["METABASE_ALLOWED_SCHEMAS"] ?? "").split(",").map((name) => name.trim());
  if (schemas.some((name) => !/^[A-Za-z_][A-Za-z0-9_$]*$/.test(name)))
    return unavailable("METABASE_ALLOWED_SCHEMAS is malformed");
  return {
    kind: "settings",
    settings: { url, apiKey: values["METABASE_API_KEY"] ?? "", databaseId: Number(databaseId), schemas },
  };
}
