/** Keys for who does not use a pointer; none of them changes anything. */
const $ = (selector) => document.querySelector(selector);
const store = (() => {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
})();

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
  ".": () => document.dispatchEvent(new CustomEvent("thor:follow")),
  g: () => (isGoing = true),
};
/** Listens for keys outside of fields. */
export function takeKeys() {
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
}
