/** The live stream of a page: it begins where the page was drawn, and goes on where it was cut. */
import { apply, refresh } from "./fragments.js";

const $ = (selector) => document.querySelector(selector);

let source;
let onNews = () => undefined;
/** Who wants to hear when something came in. */
export const whenNews = (fn) => (onNews = fn);
let lastId;
let offlineSince;

function say(kind, word) {
  const live = $("#live");
  if (live === null) return;
  live.className = `live ${kind}`;
  const words = $("#live-word");
  if (words.textContent !== word) words.textContent = word;
}

export function connect() {
  const address = document.body.dataset.stream;
  if (address === undefined || source !== undefined) return;
  const url = new URL(address, location.href);
  if (lastId !== undefined) url.searchParams.set("after", lastId);
  source = new EventSource(url);
  source.addEventListener("open", () => {
    offlineSince = undefined;
    say("on", "Live");
  });
  source.addEventListener("message", (event) => {
    lastId = event.lastEventId;
    apply(event.data);
    onNews();
  });
  source.addEventListener("refresh", (event) => {
    lastId = event.lastEventId;
    void refresh();
  });
  source.addEventListener("end", () => {
    disconnect();
    delete document.body.dataset.stream;
    say("", "Ended");
  });
  source.addEventListener("error", () => {
    offlineSince ??= new Date();
    if (source?.readyState === EventSource.CLOSED) {
      disconnect();
      setTimeout(connect, 5000);
    }
    const longAgo = Date.now() - offlineSince > 10_000;
    say("off", longAgo ? `Offline since ${offlineSince.toLocaleTimeString()}` : "Reconnecting");
  });
}

function disconnect() {
  source?.close();
  source = undefined;
}

document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
addEventListener("pagehide", disconnect);
