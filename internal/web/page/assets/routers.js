// Virtual routers and sync groups: who is MASTER, and why.
import { $, attr, badge, el, list, row, show, text } from "./dom.js";
import { span } from "./format.js";
import { confirm } from "./actions.js";

const kinds = { MASTER: "strong", BACKUP: "calm", FAULT: "bad", INIT: "wait" };
const labels = ["Instance", "State", "Priority", "Why", "Master", "Virtual addresses", "Actions"];

export function routers(view, now) {
  show($("routers"), view.instances.length > 0);
  list($("instances"), view.instances, (i) => i.name, make, (tr, i) => update(tr, i, now));
  show($("groups-part"), view.groups.length > 0);
  list($("groups"), view.groups, (g) => g.name, makeGroup, (tr, g) => updateGroup(tr, g, view));
}

// button makes a button that acts on what its row shows when it is pressed.
function button(make) {
  const b = el("button", "small");
  b.type = "button";
  b.addEventListener("click", () => confirm(make()));
  return b;
}

function make() {
  const tr = row(labels);
  const [name, state, priority, why, master, addresses, act] = tr.cells;
  const p = { name: el("strong", "mono"), place: el("span", "sub mono") };
  name.append(p.name, p.place);
  p.state = el("span");
  p.since = el("span", "sub");
  state.append(p.state, p.since);
  p.priority = el("span", "number");
  p.base = el("span", "sub");
  priority.append(p.priority, p.base);
  p.reason = el("span");
  p.links = el("span", "sub");
  why.append(p.reason, p.links);
  p.master = el("span");
  p.theirs = el("span", "sub");
  master.append(p.master, p.theirs);
  p.addresses = el("ul", "plain mono");
  p.held = el("span", "sub");
  addresses.append(p.addresses, p.held);
  act.className = "act";
  p.act = button(() => handover(tr.item.name, tr.item.aside, ""));
  act.append(p.act);
  tr.parts = p;
  return tr;
}

function update(tr, i, now) {
  const p = tr.parts;
  tr.item = i;
  text(p.name, i.name);
  text(p.place, `${i.interface} · VRID ${i.vrid} · IPv${i.family}` + (i.group ? ` · ${i.group}` : ""));
  badge(p.state, i.state, kinds[i.state] || "wait");
  text(p.since, i.since ? "for " + span((now - Date.parse(i.since)) / 1000) : "");
  text(p.priority, String(i.priority));
  text(p.base, i.priority === i.base_priority ? "" : `of ${i.base_priority}`);
  text(p.reason, reason(i, now));
  text(p.links, i.why || "");
  const ours = i.state === "MASTER";
  text(p.master, ours ? "this router" : i.master || "–");
  attr(p.master, "class", ours ? "number" : "mono");
  text(p.theirs, ours ? i.source || "" : i.master ? `priority ${i.master_priority}` : "");
  list(p.addresses, i.addresses, (a) => a, () => el("li"), text);
  text(p.held, i.addresses.length ? (i.held ? "on the interface" : "not here") : "");
  text(p.act, i.aside ? "End standing aside…" : "Hand over…");
  attr(p.act, "aria-label", (i.aside ? "End standing aside: " : "Hand over: ") + i.name);
  show(p.act, i.state === "MASTER" || i.aside);
}

function reason(i, now) {
  if (i.leaving) return "hands over";
  if (!i.aside) return i.reason;
  if (!i.aside_until) return i.reason + ", stands aside until that is undone";
  return i.reason + ", stands aside for " + span((Date.parse(i.aside_until) - now) / 1000);
}

function handover(name, undo, group) {
  if (undo) {
    return {
      title: `End standing aside: ${name}`, word: "End it",
      say: "The router has its priority again, and may become MASTER at once.",
      body: { do: "undo_handover", name },
    };
  }
  return {
    title: `Hand over: ${name}`, word: "Hand over", extra: "aside",
    say: (group ? "All of the group moves. " : "") +
      "The next router takes the addresses over. This one goes on forwarding until that is heard, and stands aside with priority 1 afterwards. A member takes its sync group along.",
    body: { do: "handover", name },
  };
}

function makeGroup() {
  const tr = row(["Group", "State", "Members", "Actions"]);
  const [name, state, members, act] = tr.cells;
  const p = { name: el("strong", "mono"), state: el("span"), members: el("span", "mono") };
  name.append(p.name);
  state.append(p.state);
  members.append(p.members);
  act.className = "act";
  p.act = button(() => handover(tr.item.name, tr.aside, "group"));
  act.append(p.act);
  tr.parts = p;
  return tr;
}

function updateGroup(tr, g, view) {
  const p = tr.parts;
  tr.item = g;
  tr.aside = view.instances.some((i) => i.group === g.name && i.aside);
  text(p.name, g.name);
  badge(p.state, g.state, kinds[g.state] || "wait");
  text(p.members, g.members.join(", "));
  text(p.act, tr.aside ? "End standing aside…" : "Hand over…");
  attr(p.act, "aria-label", (tr.aside ? "End standing aside: " : "Hand over: ") + g.name);
  show(p.act, g.state === "MASTER" || tr.aside);
}
