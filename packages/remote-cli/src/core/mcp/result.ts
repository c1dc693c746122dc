/** What a tool said, as text for a terminal. */
import type { ContentPart, ToolResult } from "./tool.ts";

export const MAX_RESULT_BYTES = 5 * 1024 * 1024;

const pretty = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
const ended = (text: string) => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
const textIn = (part: ContentPart, name: string) => (typeof part[name] === "string" ? part[name] : "");

const isText = ({ type }: ContentPart) => type === "text";
const isBlob = ({ resource }: ContentPart) => typeof resource === "object" && resource !== null && "blob" in resource;
const isBinary = (part: ContentPart) =>
  part.type === "image" || part.type === "audio" || (part.type === "resource" && isBlob(part));

function lineOf(part: ContentPart): string | undefined {
  if (part.type === "text") return textIn(part, "text");
  if (part.type === "resource_link") return `${textIn(part, "name")} ${textIn(part, "uri")}`.trim();
  const { resource } = part;
  const hasText = typeof resource === "object" && resource !== null && "text" in resource;
  return part.type === "resource" && hasText ? String(resource.text) : undefined;
}

/** Text first; structured content when there is no text; everything as JSON when parts are not text, or when asked. */
export function resultText(result: ToolResult, isJson: boolean): string {
  if (isJson || result.content.some(isBinary)) return pretty(result);
  const parts = [...result.content.filter(isText), ...result.content.filter((part) => !isText(part))];
  const lines = parts.map(lineOf).filter((line) => line !== undefined);
  if (lines.length > 0) return ended(lines.join("\n"));
  return result.structuredContent === undefined ? "" : pretty(result.structuredContent);
}

/** Why a call failed, with the form it should have had. */
export const failureText = (message: string, tool: { name: string; schema: unknown }): string =>
  `${ended(message === "" ? "the tool failed without saying why" : message)}Input schema of ${tool.name}: ${JSON.stringify(tool.schema)}\n`;
