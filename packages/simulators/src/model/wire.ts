/** A reply as OpenAI's chat completions send it, whole or as a stream of token-sized pieces. */
import { setTimeout as pause } from "node:timers/promises";

import type { ChatRequest } from "./conversation.ts";
import type { Reply } from "./play.ts";

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

export interface Frame {
  id: string;
  created: number;
  model: string;
}

const tokens = (chars: number) => Math.ceil(chars / 4);

/** Tokens are counted as characters/4; everything before the newest message counts as cached. */
export function usageOf(request: ChatRequest, reply: Reply): Usage {
  const sizes = request.messages.map((message) => JSON.stringify(message).length);
  const prompt = tokens(sizes.reduce((sum, size) => sum + size, 0) + JSON.stringify(request.tools ?? []).length);
  const reasoning = tokens(reply.reasoning.length);
  const completion = tokens(reply.text.length + JSON.stringify(reply.calls).length) + reasoning;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: request.messages.length > 2 ? prompt - tokens(sizes.at(-1) ?? 0) : 0 },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

const wireCalls = (frame: Frame, reply: Reply) =>
  reply.calls.map(({ name, args }, index) => ({
    id: `call_${frame.id.slice(-12)}_${index}`,
    type: "function" as const,
    function: { name, arguments: JSON.stringify(args) },
  }));

export function wholeCompletion(frame: Frame, reply: Reply, usage: Usage) {
  const calls = wireCalls(frame, reply);
  const message = {
    role: "assistant",
    content: reply.text === "" && calls.length > 0 ? null : reply.text,
    ...(reply.reasoning === "" ? {} : { reasoning_content: reply.reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: reply.finish }];
  return { ...frame, object: "chat.completion", choices, usage };
}

/** Cuts a text into pieces of about eight tokens, never through a surrogate pair. */
function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,32}(?![\uDC00-\uDFFF])/gu) ?? [];
}

function* deltas(frame: Frame, reply: Reply): Generator<Record<string, unknown>> {
  yield { role: "assistant", content: "" };
  for (const piece of pieces(reply.reasoning)) yield { reasoning_content: piece };
  for (const piece of pieces(reply.text)) yield { content: piece };
  for (const [index, { id, type, function: called }] of wireCalls(frame, reply).entries()) {
    yield { tool_calls: [{ index, id, type, function: { name: called.name, arguments: "" } }] };
    for (const piece of pieces(called.arguments)) yield { tool_calls: [{ index, function: { arguments: piece } }] };
  }
}

/** The stream's lines, at the given pace; usage comes last, as `stream_options` asks for it. */
export async function* streamedCompletion(
  frame: Frame,
  reply: Reply,
  { usage, pauseMs }: { usage: Usage | undefined; pauseMs: number },
): AsyncGenerator<string> {
  const chunk = (choices: unknown[], extra: object = {}) =>
    `data: ${JSON.stringify({ ...frame, object: "chat.completion.chunk", choices, ...extra })}\n\n`;
  for (const delta of deltas(frame, reply)) {
    yield chunk([{ index: 0, delta, finish_reason: null }]);
    if (pauseMs > 0) await pause(pauseMs);
  }
  yield chunk([{ index: 0, delta: {}, finish_reason: reply.finish }]);
  if (usage !== undefined) yield chunk([], { usage });
  yield "data: [DONE]\n\n";
}
