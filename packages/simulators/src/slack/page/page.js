// The Slack page's behaviour: loads panels, follows the live stream, sends what the person does.
const byId = (id) => document.getElementById(id);
const frame = document.querySelector(".frame");
const names = byId("names");
const state = { as: "U0ALICE001", c: "C0GENERAL1", t: "", ...Object.fromEntries(new URLSearchParams(location.search)) };
const drafts = {
  channel: document.querySelector("[data-for=channel]"),
  thread: document.querySelector("[data-for=thread]"),
};
let editing = "";
let isWireOpen = false;

const modal = byId("modal");

/** Shows the newest modal of this person, or none. */
async function loadModal() {
  const response = await fetch(`/slack/panel/modal?${new URLSearchParams(state)}`);
  modal.innerHTML = response.ok ? await response.text() : "";
  const isWanted = modal.querySelector("form") !== null;
  if (isWanted && !modal.open) modal.showModal();
  if (!isWanted) modal.close();
}

const isAtEnd = (log) => log === null || log.scrollHeight - log.scrollTop - log.clientHeight < 80;

async function load(name) {
  const pane = byId(name);
  const log = pane.querySelector("[data-log]");
  const [follows, top] = [isAtEnd(log), log?.scrollTop ?? 0];
  const response = await fetch(`/slack/panel/${name}?${new URLSearchParams(state)}`);
  if (!response.ok) return;
  pane.innerHTML = await response.text();
  const next = pane.querySelector("[data-log]");
  if (next !== null) next.scrollTop = follows ? next.scrollHeight : top;
}

const wanted = () => ["side", "channel", ...(state.t === "" ? [] : ["thread"]), ...(isWireOpen ? ["wire"] : [])];
const waiting = new Set();
function refresh(panels) {
  if (waiting.size === 0)
    setTimeout(() => {
      const due = [...waiting];
      waiting.clear();
      for (const name of due) if (wanted().includes(name)) void load(name);
    }, 40);
  for (const name of panels) waiting.add(name);
}

function go(change) {
  Object.assign(state, change);
  const url = `/slack?${new URLSearchParams(state)}`;
  history.replaceState(null, "", url);
  const hasThread = state.t !== "";
  if (!hasThread) isWireOpen = false;
  byId("thread").hidden = !hasThread;
  drafts.thread.hidden = !hasThread;
  byId("wire").hidden = !isWireOpen;
  frame.classList.toggle("has-thread", hasThread);
  refresh(wanted());
}

function complain(text) {
  const notice = byId("notice");
  notice.textContent = text;
  notice.hidden = false;
  setTimeout(() => (notice.hidden = true), 5000);
}

async function act(deed) {
  const body = JSON.stringify({ sim: "slack", as: state.as, channel: state.c, ...deed });
  const response = await fetch("/_sim/act", { method: "POST", headers: { "content-type": "application/json" }, body });
  const answer = await response.json();
  if (!response.ok) complain(`Slack said: ${answer.error}`);
  return response.ok ? answer : undefined;
}

/** Slack's warning mark: the app did not take it. */
async function tell(deed) {
  const answer = await act(deed);
  if (answer?.isTaken === false) complain("Thor did not take that. Try again.");
}

function press({ press: actionId, choose, label, value, confirm, ts, view }) {
  if (confirm && !globalThis.confirm(confirm)) return;
  const what = { actionId: (actionId ?? choose) || undefined, label, value: value || undefined };
  if (view === undefined) return tell({ do: "click", ts, ...what });
  return pick({ viewId: view, ...what });
}

// A modal is of a person, not of a channel.
const pick = (deed) => tell({ do: "pick", channel: undefined, ...deed });

function submitModal(form) {
  const values = {};
  for (const field of form.querySelectorAll("[name]"))
    values[field.name] = field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value;
  return tell({ do: "submit", channel: undefined, viewId: form.dataset.modal, values });
}

async function send(where) {
  const field = drafts[where].querySelector("textarea");
  const text = field.value.trim();
  if (text === "") return;
  field.value = "";
  names.hidden = true;
  if (editing !== "") {
    const ts = editing;
    editing = "";
    await act({ do: "edit", ts, text });
    return;
  }
  const deed = where === "thread" ? { do: "reply", threadTs: state.t, text } : { do: "say", text };
  const said = await act(deed);
  if (said !== undefined && where === "channel" && /@thor\b/i.test(text)) go({ t: said.ts });
}

const partialName = (field) => /(?:^|\s)@([a-z]*)$/i.exec(field.value.slice(0, field.selectionStart))?.[1];

function suggest(field) {
  const partial = partialName(field);
  const options = [...names.querySelectorAll("[data-name]")];
  for (const option of options) {
    option.hidden = partial === undefined || !option.dataset.name.startsWith(partial.toLowerCase());
    option.classList.remove("is-chosen");
  }
  const shown = options.filter((option) => !option.hidden && option.dataset.name !== partial);
  names.hidden = shown.length === 0;
  names.for = field;
  shown[0]?.classList.add("is-chosen");
}

function complete(option) {
  const field = names.for;
  const at = field.selectionStart;
  const before = field.value.slice(0, at).replace(/@[a-z]*$/i, `@${option.dataset.name} `);
  field.value = before + field.value.slice(at);
  field.setSelectionRange(before.length, before.length);
  names.hidden = true;
  field.focus();
}

function chooseNext(step) {
  const shown = [...names.querySelectorAll("[data-name]:not([hidden])")];
  const at = shown.findIndex((option) => option.classList.contains("is-chosen"));
  shown[at]?.classList.remove("is-chosen");
  shown[(at + step + shown.length) % shown.length]?.classList.add("is-chosen");
}

function keyInNames(event) {
  const chosen = names.querySelector(".is-chosen");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") chooseNext(event.key === "ArrowDown" ? 1 : -1);
  else if ((event.key === "Enter" || event.key === "Tab") && chosen !== null) complete(chosen);
  else if (event.key === "Escape") names.hidden = true;
  else return false;
  event.preventDefault();
  return true;
}

for (const [where, form] of Object.entries(drafts)) {
  const field = form.querySelector("textarea");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(where);
  });
  field.addEventListener("input", () => suggest(field));
  field.addEventListener("keydown", (event) => {
    if (!names.hidden && keyInNames(event)) return;
    if (event.key === "Escape") {
      editing = "";
      field.value = "";
    }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send(where);
  });
}

function startEdit({ edit, text }, inThread) {
  editing = edit;
  const field = drafts[inThread ? "thread" : "channel"].querySelector("textarea");
  field.value = text.replace(/<@([A-Z0-9]+)>/g, (whole, id) => byId(`name-${id}`)?.textContent ?? whole);
  field.focus();
}

const deeds = Object.entries({
  "data-press": (data) => press(data),
  "data-dismiss": ({ dismiss }) => tell({ do: "close", channel: undefined, viewId: dismiss }),
  "data-channel": ({ channel }) => go({ c: channel, t: "" }),
  "data-thread": ({ thread }) => go({ t: thread }),
  "data-close": () => go({ t: "" }),
  "data-wire": () => ((isWireOpen = !isWireOpen), go({})),
  "data-react": ({ react, ts }) => act({ do: "react", name: react, ts }),
  "data-edit": (data, target) => startEdit(data, target.closest("#thread") !== null),
  "data-delete": (data) => act({ do: "delete", ts: data.delete }),
  "data-name": (_data, target) => complete(target),
  "data-say": ({ say }) => ((drafts.channel.querySelector("textarea").value = say), send("channel")),
});

document.addEventListener("click", (event) => {
  for (const [name, deed] of deeds) {
    const target = event.target.closest(`[${name}]`);
    if (target !== null) {
      void deed(target.dataset, target);
      return;
    }
  }
});
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-choose]")) {
    if (target.value !== "") void press({ ...target.dataset, value: target.value });
  } else if (target.id === "person") {
    go({ as: target.value, c: "C0GENERAL1", t: "" });
    void loadModal();
  }
});

modal.addEventListener("submit", (event) => {
  event.preventDefault();
  void submitModal(event.target);
});
modal.addEventListener("cancel", (event) => {
  event.preventDefault();
  modal.querySelector("[data-dismiss]")?.click();
});

const live = new EventSource("/slack/live");
live.addEventListener("open", () => {
  refresh(wanted());
  void loadModal();
});
live.addEventListener("message", (event) => {
  const { topic, detail } = JSON.parse(event.data);
  if (topic === "slack.view") {
    if (detail.user === state.as) void loadModal();
  } else if (topic === "slack.delivery") refresh(["wire"]);
  else if (detail.channel === state.c) refresh(["channel", "wire", ...(detail.threadTs === state.t ? ["thread"] : [])]);
  else document.querySelector(`[data-channel="${detail.channel}"]`)?.classList.add("is-new");
});
go({});
drafts.channel.querySelector("textarea").focus();
