/** What makes every page live and quick to use; pages are whole without it. */
import { morph, news, parse } from "./fragments.js";
import { takeKeys } from "./keys.js";
import { connect, whenNews } from "./live.js";

const $ = (selector) => document.querySelector(selector);

/* --- following a run's end, and a summary for who cannot see it --- */

let isFollowing = false;
document.addEventListener("thor:follow", () => {
  isFollowing = true;
  followEnd();
});
whenNews(followEnd);
function followEnd() {
  if (isFollowing) window.scrollTo({ top: document.documentElement.scrollHeight });
}
addEventListener("wheel", (event) => event.deltaY < 0 && (isFollowing = false), { passive: true });
setInterval(() => {
  const { steps } = news;
  const told = $("#news");
  if (steps > 0 && told !== null) told.textContent = `${steps} new step${steps === 1 ? "" : "s"}`;
  news.steps = 0;
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
    (area.closest("label") ?? area).before(note);
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

$(".summary")?.focus();
takeKeys();
connect();
