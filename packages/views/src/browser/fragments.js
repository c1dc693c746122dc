/** New HTML takes the place of old HTML with the same id, and disturbs nobody. */
const $ = (selector) => document.querySelector(selector);

/** What came in since somebody was told. */
export const news = { steps: 0 };

const isEdited = (field) =>
  field === document.activeElement ||
  (field.type === "checkbox" || field.type === "radio"
    ? field.checked !== field.defaultChecked
    : "defaultValue" in field && field.value !== field.defaultValue);

function syncAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && !(old.localName === "details" && name === "open"))
      old.setAttribute(name, value);
  for (const name of old.getAttributeNames())
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
export function morph(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  // A form in use is never replaced under somebody's hands.
  if (old.hasAttribute("data-held") || (old.matches("input, textarea, select") && isEdited(old))) return;
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
  news.steps += 1;
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

export const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;

function replace(element) {
  const old = document.getElementById(element.id);
  if (old !== null) morph(old, element);
}
function placeAll(element, list) {
  if (list === null) return;
  const items = Array.from(element.children);
  for (const item of items) place(item, list);
}

/** Puts every fragment of a message where it belongs. */
export function apply(html) {
  const fragments = Array.from(parse(html).children);
  for (const element of fragments) {
    const { into } = element.dataset;
    if (into === undefined) replace(element);
    else placeAll(element, document.getElementById(into) ?? document.getElementById(element.dataset.else ?? ""));
  }
}

/** Fetches the whole page again, for who was away for too long. */
export async function refresh() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return location.reload();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.querySelector("main");
  if (main !== null) morph($("main"), main);
  const nav = page.getElementById("nav");
  if (nav !== null) morph($("#nav"), nav);
}
