// The timeline of events, the latest first.
import { $, attr, el, list, show, text } from "./dom.js";
import { clock, day } from "./format.js";

const kept = 1024;
const step = 40;
let all = []; // the latest last
let shown = step;

const parts = {
  instance: "router", sync_group: "router", bfd: "router",
  virtual_server: "server", real_server: "server", check: "server",
  process: "daemon", reload: "daemon", command: "daemon",
};
const words = {
  instance: "instance", sync_group: "sync group", bfd: "BFD session", virtual_server: "virtual server",
  real_server: "real server", check: "check", process: "process", reload: "reload", command: "command",
};
const moods = {
  MASTER: "strong", BACKUP: "calm", FAULT: "bad", UP: "good", DOWN: "bad", DIED: "bad", REFUSED: "bad",
  STARTED: "calm", DONE: "good", NOTE: "calm",
};

export function anew() {
  all = [];
}

export function events(more) {
  const known = all.length ? all.at(-1).number : 0;
  all = all.concat(more.filter((e) => e.number > known)).slice(-kept);
  draw();
}

function draw() {
  const kind = $("kind").value;
  const chosen = all.filter((e) => kind === "all" || parts[e.kind] === kind).reverse();
  const items = [];
  let date = "";
  for (const e of chosen.slice(0, shown)) {
    const at = new Date(e.at);
    const d = day(at);
    if (d !== date) items.push({ key: d, day: d });
    date = d;
    items.push({ key: "#" + e.number, event: e, at });
  }
  list($("timeline"), items, (i) => i.key, make, update);
  show($("no-events"), chosen.length === 0);
  text($("no-events"), all.length ? "Nothing of this kind has happened." : "Nothing has happened yet.");
  show($("more"), chosen.length > shown);
}

$("kind").addEventListener("change", () => { shown = step; draw(); });
$("more").addEventListener("click", () => { shown += step * 3; draw(); });

function make(item) {
  if (item.day) return el("li", "day", item.day);
  const e = item.event;
  const time = el("time", "number", clock(item.at));
  time.dateTime = e.at;
  const what = el("span", "what");
  what.append(el("span", "kind", words[e.kind] || e.kind), " ", el("span", "mono", e.real_server ? `${e.real_server} of ${e.name}` : e.name));
  if (e.priority) what.append(el("span", "quiet", ` priority ${e.priority}`));
  const to = el("span", "to");
  if (e.from) to.append(el("span", "quiet", e.from + " → "));
  to.append(el("strong", moods[e.to] || "calm", e.to));
  const li = el("li", "event", time, to, what);
  attr(li, "data-mood", moods[e.to] || "calm");
  if (e.reason) li.append(el("span", "reason", e.reason));
  return li;
}

function update() {
  // an event never changes
}
