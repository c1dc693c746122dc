/** A reader of server-sent events that keeps what it got. */
import { headersOf, type World } from "./world.ts";

interface Message {
  id: string;
  event: string;
  data: string;
}

/** The stream that a page names. */
export const streamOf = (page: string) =>
  (/data-stream="([^"]+)"/.exec(page)?.[1] ?? "").replaceAll("&amp;", "&").replaceAll("&#38;", "&");

function parse(text: string): Message | undefined {
  const fields = text.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line) ?? []);
  const of = (name: string) => fields.filter(([, field]) => field === name).map(([, , value = ""]) => value);
  const data = of("data");
  return data.length === 0
    ? undefined
    : { id: of("id")[0] ?? "", event: of("event")[0] ?? "message", data: data.join("\n") };
}

async function read(body: AsyncIterable<Uint8Array>, messages: Message[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const message = parse(block);
      if (message !== undefined) messages.push(message);
    }
  }
}

/** Opens a stream as a signed-in operator. */
export async function openStream({ url }: Pick<World, "url">, address: string) {
  const cut = new AbortController();
  const response = await fetch(`${url}${address}`, { headers: headersOf(), signal: cut.signal });
  const messages: Message[] = [];
  if (response.body === null) throw new Error("no stream");
  const reading = read(response.body, messages).catch(() => undefined);
  return {
    status: response.status,
    messages,
    close: async () => {
      cut.abort();
      await reading;
    },
  };
}
