/** The one script of every page: pages are whole without it. It keeps them live, knows keys, copies ids. */
const $ = (selector) => document.querySelector(selector);
const store = (() => {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
})();

/* --- fragments: new HTML takes the place of old HTML with the same id, and disturbs nobody --- */

const isEdited = (field) =>
  field === document.activeElement ||
  (field.type === "checkbox" || field.type === "radio"
    ? field.checked !== field.defaultChecked
    : "defaultValue" in field && field.value !== field.defaultValue);

function syncAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && !(old.localName === "details" && name === "open"))
      old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (
      !fresh.hasAttribute(name) &&
      !["open", "data-held"].includes(name) &&
      !(name === "class" && old.matches(".here"))
    )
      old.removeAttribute(name);
}

const isSame = (one, other) =>
  one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.nodeType !== 1 || one.id === other.id);

function syncChildren(old, fresh) {
  const wanted = [...fresh.childNodes];
  let at = old.firstChild;
  for (const node of wanted) {
    let match = at;
    if (node.nodeType === 1 && node.id !== "")
      match = [...old.children].find((child) => child.id === node.id && child.nodeName === node.nodeName);
    else if (match !== null && !isSame(match, node)) match = null;
    if (match) {
      if (match !== at) old.insertBefore(match, at);
      else at = at.nextSibling;
      morph(match, node);
    } else old.insertBefore(document.importNode(node, true), at);
  }
  while (at !== null) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Makes an element like a fresh one; open details, the focus, a selection and a field in use stay as they are. */
function morph(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.matches("input, textarea, select") && isEdited(old)) return;
  if (old.isEqualNode(fresh)) return;
  syncAttributes(old, fresh);
  // A list of steps only grows: what a fragment does not name is still there.
  if (old.hasAttribute("data-list")) for (const item of fresh.children) place(item, old);
  else if (old.hasAttribute("data-rows")) updateRows(old, fresh);
  else syncChildren(old, fresh);
}

const seqOf = (item) => Number(item.dataset.seq ?? Number.MAX_SAFE_INTEGER);

/** Puts an item where its number says, or renews it where it is. */
function place(item, list) {
  const known = item.id === "" ? null : document.getElementById(item.id);
  if (known !== null) return morph(known, item);
  const after = [...list.children].find((one) => one.dataset.seq !== undefined && seqOf(one) > seqOf(item));
  list.insertBefore(document.importNode(item, true), after ?? null);
  fresh += 1;
}

/** Rows on screen are renewed in place; new ones are announced, so that nothing moves under the pointer. */
function updateRows(old, freshRows) {
  const rows = [...freshRows.children];
  const known = new Set([...old.children].map((row) => row.id));
  for (const row of rows) if (known.has(row.id)) morph(document.getElementById(row.id), row);
  const first = old.children[0]?.id;
  const end = rows.findIndex((row) => row.id === first);
  const newer = rows.slice(0, end === -1 ? rows.length : end).filter((row) => !known.has(row.id)).length;
  if (newer > 0) announceNewer(old, newer);
}

function announceNewer(list, count) {
  const id = `${list.id}-newer`;
  let note = document.getElementById(id);
  if (note === null) {
    note = document.createElement("p");
    note.id = id;
    note.setAttribute("role", "status");
    list.closest("table")?.before(note);
  }
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = `${count} newer — show`;
  note.replaceChildren(link);
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;

function apply(html) {
  for (const element of [...parse(html).children]) {
    const into = element.dataset.into;
    if (into !== undefined) {
      const list = document.getElementById(into) ?? document.getElementById(element.dataset.else ?? "");
      if (list !== null) for (const item of [...element.children]) place(item, list);
    } else {
      const old = document.getElementById(element.id);
      if (old !== null) morph(old, element);
    }
  }
  followEnd();
}

async function refresh() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return location.reload();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.querySelector("main");
  if (main !== null) morph($("main"), main);
  const nav = page.getElementById("nav");
  if (nav !== null) morph($("#nav"), nav);
}

/* --- the live stream --- */

let source;
let lastId;
let offlineSince;
let fresh = 0;

function say(kind, word) {
  const live = $("#live");
  if (live === null) return;
  live.className = `live ${kind}`;
  const words = $("#live-word");
  if (words.textContent !== word) words.textContent = word;
}

function connect() {
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

/* --- following a run's end, and a summary for who cannot see it --- */

let isFollowing = false;
function followEnd() {
  if (isFollowing) window.scrollTo({ top: document.documentElement.scrollHeight });
}
addEventListener("wheel", (event) => event.deltaY < 0 && (isFollowing = false), { passive: true });
setInterval(() => {
  const news = $("#news");
  if (fresh > 0 && news !== null) news.textContent = `${fresh} new step${fresh === 1 ? "" : "s"}`;
  fresh = 0;
}, 10_000);

/* --- relative times grow old --- */

function ago(at) {
  const away = Math.abs(Date.now() - at) / 1000;
  if (away < 10) return "just now";
  const [size, word] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ].find(([least]) => away >= least) ?? [1, "s"];
  const said = `${Math.floor(away / size)} ${word}`;
  return at > Date.now() ? `in ${said}` : `${said} ago`;
}
setInterval(() => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[datetime]")) {
    const word = ago(Date.parse(time.dateTime));
    const text = time.firstChild;
    if (text !== null && text.data !== word) text.data = word;
  }
}, 15_000);

/* --- preferences, copying, dialogs --- */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (!document.cookie.includes("thor_tz="))
  document.cookie = `thor_tz=${encodeURIComponent(zone)}; path=/; SameSite=Lax; max-age=31536000`;
for (const option of document.querySelectorAll("[data-zone] option")) if (option.value === "local") option.value = zone;
for (const select of document.querySelectorAll("select[data-submit]"))
  select.addEventListener("change", () => select.form.requestSubmit());

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy !== null) {
    void navigator.clipboard?.writeText(copy.dataset.copy);
    const said = $("#news");
    if (said !== null) said.textContent = "Copied";
  }
  if (event.target.closest("[data-help]") !== null) $("#help").showModal();
  const all = event.target.closest("[data-check-all]");
  if (all !== null)
    for (const box of all.closest("form").querySelectorAll("input[type=checkbox][name=item]"))
      box.checked = all.checked;
});

/* --- text is never lost: an editor keeps what is typed until it is saved --- */

for (const area of document.querySelectorAll("textarea[data-keep]")) {
  const name = `thor:${area.dataset.keep}`;
  area.addEventListener("input", () => {
    sessionStorage.setItem(name, area.value);
    checkSoon(area);
  });
  const kept = sessionStorage.getItem(name);
  if (kept !== null && kept !== area.value && area.dataset.restore !== undefined) {
    const note = document.createElement("p");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Bring back what you had typed";
    button.addEventListener("click", () => {
      area.value = kept;
      note.remove();
      checkSoon(area);
    });
    note.append(button);
    area.before(note);
  }
  area.form?.addEventListener(
    "submit",
    (event) => event.submitter?.dataset.final !== undefined && sessionStorage.removeItem(name),
  );
}

let checking;
/** Asks the server what is wrong with a text, a moment after the last key. */
function checkSoon(area) {
  if (area.dataset.check === undefined) return;
  clearTimeout(checking);
  checking = setTimeout(async () => {
    const response = await fetch(area.dataset.check, {
      method: "POST",
      body: new URLSearchParams(new FormData(area.form)),
    });
    const issues = parse(await response.text()).querySelector("#issues");
    const old = document.getElementById("issues");
    if (issues !== null && old !== null) morph(old, issues);
  }, 400);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const area = $("textarea.editor");
  if (link === null || area === null) return;
  event.preventDefault();
  const lines = area.value.split("\n");
  const line = Number(link.dataset.line) - 1;
  const start = lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line]?.length ?? 0));
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 5);
});

/* --- keys --- */

const keysOff = $("#keys-off");
if (keysOff !== null) {
  keysOff.checked = store?.getItem("thor-keys") === "off";
  keysOff.addEventListener("change", () => store?.setItem("thor-keys", keysOff.checked ? "off" : "on"));
}
const rowsOf = () => [...document.querySelectorAll("main tbody tr[id], main .attention li[id]")];
let row = -1;
let isGoing = false;

function move(by) {
  const rows = rowsOf();
  rows[row]?.classList.remove("here");
  row = Math.min(rows.length - 1, Math.max(0, row + by));
  rows[row]?.classList.add("here");
  rows[row]?.scrollIntoView({ block: "nearest" });
}
const unfold = (open) => {
  for (const details of document.querySelectorAll(".steps details")) details.open = open;
};
const KEYS = {
  "?": () => $("#help").showModal(),
  "/": () => $("#q")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  x: () => rowsOf()[row]?.querySelector("input[type=checkbox]")?.click(),
  Enter: () => rowsOf()[row]?.querySelector("a[href]")?.click(),
  e: () => unfold(true),
  c: () => unfold(false),
  ".": () => {
    isFollowing = true;
    followEnd();
  },
  g: () => (isGoing = true),
};
document.addEventListener("keydown", (event) => {
  const isField = event.target.closest("input, textarea, select, dialog") !== null;
  if (isField || event.ctrlKey || event.metaKey || event.altKey || keysOff?.checked) return;
  if (event.key === "Enter" && event.target !== document.body) return;
  if (isGoing) {
    isGoing = false;
    $(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    return event.preventDefault();
  }
  const act = KEYS[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
});

$(".summary")?.focus();
connect();
