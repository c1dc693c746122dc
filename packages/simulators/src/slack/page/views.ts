/** The panels of the Slack page: who and where, what was said, one thread, and what went over the wire for it. */
import { z } from "zod";

import { type Html, html } from "../../page/html.ts";
import type { Delivery } from "../deliver.ts";
import type { Channel, Message, Person } from "../entities.ts";
import type { Workspace } from "../workspace.ts";
import { blocksView } from "./blocks-view.ts";
import { emoji, mrkdwn, type Naming } from "./mrkdwn.ts";

export interface Scene {
  workspace: Workspace;
  naming: Naming;
  /** The person whose eyes these are. */
  me: Person;
}

const QUICK_REACTIONS = ["eyes", "+1", "x"];
const PROMPTS = [
  { words: "@thor fix the greeting", about: "a worktree, a commit, a pushed branch" },
  { words: "@thor take your time for 60 s", about: "visible steps, time to interrupt" },
  { words: "@thor echo hello", about: "one quick answer" },
];

const MARK: Readonly<Record<Channel["kind"], string>> = { public: "#", private: "🔒", shared: "⇄", im: "●" };

const channelName = ({ workspace, me }: Scene, channel: Channel) => {
  if (channel.kind !== "im") return channel.name;
  const other = channel.members.find((id) => id !== me.id) ?? "";
  return workspace.people.get(other)?.realName ?? channel.name;
};

function avatar({ realName, colour, isBot }: Pick<Person, "realName" | "colour" | "isBot">): Html {
  const letter = isBot ? "⚡" : realName.slice(0, 1);
  return html`<svg class="avatar" viewBox="0 0 36 36" aria-hidden="true">
    <rect width="36" height="36" rx="8" fill="${colour}"></rect>
    <text x="18" y="24" text-anchor="middle" font-size="17" fill="#fff">${letter}</text>
  </svg>`;
}

const timeOf = (ts: string) => new Date(Number(ts) * 1000).toISOString().slice(11, 16);

export function sideView(scene: Scene, current: string): Html {
  const { workspace, me } = scene;
  const people = workspace.people.all().filter(({ isBot }) => !isBot);
  const channels = workspace.channels.all().filter(({ members }) => members.includes(me.id));
  return html` <label class="who"
      >You are
      <select id="person">
        ${people.map(
          (person) =>
            html`<option value="${person.id}" ${person.id === me.id ? html`selected` : undefined}>
              ${person.realName}${person.isGuest ? " (guest)" : ""}${person.teamId === me.teamId ? "" : " (other team)"}
            </option>`,
        )}
      </select>
    </label>
    <nav aria-label="Channels">
      ${channels.map(
        (channel) =>
          html`<button
            class="channel ${channel.id === current ? "is-here" : ""}"
            data-channel="${channel.id}"
            ${channel.id === current ? html`aria-current="page"` : undefined}
          >
            <span class="mark">${MARK[channel.kind]}</span>${channelName(scene, channel)}
          </button>`,
      )}
    </nav>
    <p class="side-note">Everything here is a simulation on this machine. Thor is real.</p>
    <p class="side-note"><a href="/github" target="_blank" rel="noreferrer">Simulated GitHub</a></p>`;
}

function reactionsView({ me }: Scene, { reactions, ts }: Message): Html | undefined {
  if (reactions.length === 0) return undefined;
  return html`<div class="reactions">
    ${reactions.map(
      ({ name, users }) =>
        html`<button
          class="reaction ${users.includes(me.id) ? "is-mine" : ""}"
          data-react="${name}"
          data-ts="${ts}"
          title="${name}"
        >
          ${emoji(name)} ${users.length}
        </button>`,
    )}
  </div>`;
}

function toolsView({ me }: Scene, { ts, user, text }: Message, isInThread: boolean): Html {
  const mine = user === me.id;
  return html`<div class="tools" role="group" aria-label="Message actions">
    ${QUICK_REACTIONS.map((name) => html`<button data-react="${name}" data-ts="${ts}" title="React with ${name}" aria-label="React with ${name}">${emoji(name)}</button>`)}
    ${isInThread ? undefined : html`<button data-thread="${ts}" title="Reply in thread" aria-label="Reply in thread">💬</button>`}
    ${mine ? html`<button data-edit="${ts}" data-text="${text}" title="Edit" aria-label="Edit">✎</button><button data-delete="${ts}" title="Delete" aria-label="Delete">🗑</button>` : undefined}
  </div>`;
}

function headView({ ts, edited, byBot, user, onlyFor }: Message, author: Person | undefined): Html {
  return html`<header>
      <strong>${author?.realName ?? user}</strong
      >${byBot ? html`<span class="app">APP</span>` : undefined}<time>${timeOf(ts)}</time>${edited === undefined ? undefined : html`<span class="edited">(edited)</span>`}
    </header>
    ${onlyFor === undefined ? undefined : html`<p class="only">Only visible to you</p>`}`;
}

/** What a message in the channel says about its thread. */
function threadHint({ workspace }: Scene, { channel, ts, threadTs }: Message): Html | undefined {
  if (threadTs !== undefined && threadTs !== ts) return undefined;
  const count = workspace.thread(channel, ts).length - 1;
  const status = workspace.status(channel, ts);
  const words = count === 1 ? "1 reply" : `${count} replies`;
  return html`${count < 1 ? undefined : html`<button class="replies" data-thread="${ts}">${words}</button>`}
  ${status === "" ? undefined : html`<p class="status" role="status">Thor ${status}</p>`}`;
}

const UNKNOWN = { realName: "?", colour: "#777", isBot: false };

const Attachment = z.looseObject({
  author_name: z.string().optional(),
  title: z.string().optional(),
  text: z.string().optional(),
  fallback: z.string().optional(),
});

function attachmentView(given: unknown, naming: Naming): Html {
  const { author_name, title, text, fallback = "" } = Attachment.safeParse(given).data ?? {};
  return html`<blockquote>
    ${author_name === undefined ? undefined : html`<b>${author_name}</b>`}
    ${title === undefined ? undefined : html`<b>${title}</b>`} ${mrkdwn(text ?? fallback, naming)}
  </blockquote>`;
}

function messageView(scene: Scene, message: Message, isInThread: boolean): Html {
  const { workspace, naming } = scene;
  const { user, ts, text, blocks, files, attachments, onlyFor } = message;
  const author = workspace.people.get(user);
  return html`<article
    class="message ${onlyFor === undefined ? "" : "is-private"}"
    id="${isInThread ? "t" : "m"}-${ts}"
  >
    ${avatar(author ?? UNKNOWN)}
    <div class="body">
      ${headView(message, author)} ${blocksView(blocks, { ...naming, pressIn: { ts } }) ?? mrkdwn(text, naming)}
      ${attachments.map((attachment) => attachmentView(attachment, naming))}
      ${files.map((id) => html`<p class="file">📎 ${workspace.files.get(id)?.name ?? id}</p>`)}
      ${reactionsView(scene, message)} ${isInThread ? undefined : threadHint(scene, message)}
    </div>
    ${toolsView(scene, message, isInThread)}
  </article>`;
}

const byTime = (messages: Message[]) => messages.toSorted((a, b) => a.ts.localeCompare(b.ts));

export function channelView(scene: Scene, channel: Channel): Html {
  const { workspace, me } = scene;
  const messages = byTime([
    ...workspace.history(channel.id),
    ...workspace.ephemerals(channel.id, me.id).filter(({ threadTs }) => threadTs === undefined),
  ]);
  const hints = html`<section class="hints">
    <h2>Try it</h2>
    <p>Write a message that mentions <b>@thor</b>, then open its thread and watch.</p>
    ${PROMPTS.map(
      ({ words, about }) => html`<button data-say="${words}"><b>${words}</b><span>${about}</span></button>`,
    )}
  </section>`;
  return html`<header class="bar">
      <h1><span class="mark">${MARK[channel.kind]}</span>${channelName(scene, channel)}</h1>
      <p>${channel.topic}</p>
    </header>
    <div class="log" data-log>
      ${messages.length === 0 ? hints : messages.map((message) => messageView(scene, message, false))}
    </div>`;
}

export function threadView(scene: Scene, place: { channel: string; ts: string }): Html {
  const { workspace, me } = scene;
  const here = workspace.ephemerals(place.channel, me.id).filter(({ threadTs, ts }) => (threadTs ?? ts) === place.ts);
  const messages = byTime([...workspace.thread(place.channel, place.ts), ...here]);
  const status = workspace.status(place.channel, place.ts);
  return html`<header class="bar">
      <h2>Thread</h2>
      <button data-wire aria-pressed="false">Under the hood</button
      ><button data-close aria-label="Close thread">✕</button>
    </header>
    <div class="log" data-log>
      ${messages.map((message) => messageView(scene, message, true))}${status === "" ? undefined : html`<p class="status" role="status">Thor ${status}</p>`}
    </div>`;
}

export interface WireLine {
  at: number;
  arrow: "→" | "←";
  what: string;
  result: string;
  ms: number;
}

export function deliveryLines(deliveries: readonly Delivery[]): WireLine[] {
  return deliveries.flatMap(({ type, attempts }) =>
    attempts.map(({ at, ms, retryNum, status, failure }) => ({
      at,
      arrow: "→" as const,
      what: retryNum === 0 ? type : `${type}, retry ${retryNum}`,
      result: status === undefined ? (failure ?? "") : String(status),
      ms,
    })),
  );
}

/** Every delivery to Thor and every call from Thor for one thread, in order. */
export function wireView(lines: readonly WireLine[]): Html {
  const sorted = lines.toSorted((a, b) => a.at - b.at);
  return html`<h3>Under the hood</h3>
    <p>→ delivered to Thor, ← called by Thor</p>
    <table>
      <thead>
        <tr>
          <th>Time</th>
          <th></th>
          <th>What</th>
          <th>Result</th>
          <th>ms</th>
        </tr>
      </thead>
      <tbody>
        ${sorted.map(
          ({ at, arrow, what, result, ms }) =>
            html`<tr>
              <td>${new Date(at).toISOString().slice(11, 23)}</td>
              <td>${arrow}</td>
              <td>${what}</td>
              <td>${result}</td>
              <td>${Math.round(ms)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

/** The frame into which the panels are loaded. */
export function frameView(people: readonly { id: string; name: string }[]): Html {
  return html`<body>
    <p class="banner">Simulated Slack — nothing here leaves this machine</p>
    <div class="frame">
      <aside id="side" class="side"></aside>
      <main id="channel" class="pane"></main>
      <section id="thread" class="pane thread" aria-label="Thread" hidden></section>
      <section id="wire" class="wire" aria-label="Under the hood" hidden></section>
      <form class="composer" data-for="channel">
        <label class="hidden" for="say">Message</label
        ><textarea id="say" rows="2" placeholder="Message — @thor wakes Thor, Enter sends" autocomplete="off"></textarea
        ><button>Send</button>
      </form>
      <form class="composer in-thread" data-for="thread" hidden>
        <label class="hidden" for="reply">Reply</label
        ><textarea id="reply" rows="2" placeholder="Reply — Enter sends" autocomplete="off"></textarea
        ><button>Send</button>
      </form>
    </div>
    <div id="names" class="names" role="listbox" aria-label="People" hidden>
      ${people.map(({ id, name }) => html`<button type="button" role="option" data-name="${name}" id="name-${id}">@${name}</button>`)}
    </div>
    <dialog id="modal" aria-modal="true"></dialog>
    <p id="notice" class="notice" role="alert" hidden></p>
  </body>`;
}
