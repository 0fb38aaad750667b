// Virtual servers and their real servers.
import { $, attr, badge, el, list, row, show, text } from "./dom.js";
import { bits, count, latency, span } from "./format.js";
import { forget, note, rate } from "./rates.js";
import { confirm } from "./actions.js";
import * as plot from "./plot.js";

const labels = ["Real server", "State", "Weight", "Connections", "Traffic", "Checks", "Actions"];
const openAtFirst = 8;
let view = null;
let now = 0;

export function servers(v, at) {
  view = v;
  now = at;
  show($("servers"), v.virtual_servers.length > 0);
  const used = new Set();
  for (const vs of v.virtual_servers) {
    sample(used, vs.name, vs.counters);
    for (const rs of vs.real_servers || []) sample(used, vs.name + " " + rs.name, rs.counters);
  }
  forget(used);
  draw();
}

function sample(used, key, counters) {
  if (!counters) return;
  for (const name of ["connections", "bytes_in", "bytes_out"]) {
    used.add(key + " " + name);
    note(key + " " + name, counters[name]);
  }
}

const troubled = (vs) => !vs.quorum || vs.up < vs.total;

function draw() {
  if (!view) return;
  const wanted = $("filter").value.trim().toLowerCase();
  const trouble = $("trouble").checked;
  const matches = (vs) =>
    (!trouble || troubled(vs)) &&
    (!wanted || vs.label.toLowerCase().includes(wanted) || (vs.real_servers || []).some((r) => r.name.toLowerCase().includes(wanted)));
  const shown = view.virtual_servers.filter(matches);
  list($("virtual-servers"), shown, (vs) => vs.name, make, update);
  const left = view.virtual_servers_left_out;
  const kept = view.virtual_servers.length - shown.length;
  text($("servers-left"), [
    kept ? `${kept} do not match.` : "",
    left ? `${left} more than this page shows: holdfastctl status has all.` : "",
  ].join(" ").trim());
  show($("servers-left"), kept + left > 0);
}

$("filter").addEventListener("input", draw);
$("trouble").addEventListener("change", draw);

function make(vs) {
  const box = el("details", "vs");
  box.open = view.virtual_servers.length <= openAtFirst || troubled(vs);
  const p = { label: el("strong", "mono"), state: el("span"), up: el("span"), load: el("span", "load"), why: el("span", "sub") };
  const summary = el("summary", "", el("span", "line", p.label, p.state, p.up, p.load), p.why);
  const table = el("table", "cards");
  table.setAttribute("role", "table");
  const head = el("tr");
  head.setAttribute("role", "row");
  for (const label of labels) {
    const th = el("th", label === "Actions" ? "act" : "", label);
    th.scope = "col";
    th.setAttribute("role", "columnheader");
    head.append(th);
  }
  const thead = el("thead", "", head);
  thead.setAttribute("role", "rowgroup");
  p.body = el("tbody");
  p.body.setAttribute("role", "rowgroup");
  table.append(thead, p.body);
  p.table = table;
  p.none = el("p", "quiet");
  box.append(summary, table, p.none);
  box.parts = p;
  return box;
}

function update(box, vs) {
  const p = box.parts;
  attr(p.table, "aria-label", "Real servers of " + vs.label);
  text(p.label, vs.label);
  badge(p.state, vs.active ? "active" : "inactive", vs.active ? "strong" : "calm");
  if (vs.sorry) badge(p.up, `sorry server, ${vs.up} of ${vs.total} up`, "bad");
  else if (!vs.quorum) badge(p.up, `no quorum, ${vs.up} of ${vs.total} up`, "bad");
  else badge(p.up, `${vs.up} of ${vs.total} up`, vs.up < vs.total ? "warn" : "good");
  text(p.load, vs.counters ? `${count(vs.counters.active)} active connections, ${traffic(vs.name).filter(Boolean).join(", ")}` : "");
  text(p.why, vs.why);
  const real = vs.real_servers || [];
  show(p.table, real.length > 0);
  text(p.none, real.length ? `${vs.total - real.length} more than this page shows: holdfastctl status has all.` : "The list is too long for this page: holdfastctl status has it.");
  show(p.none, vs.total > real.length);
  if (box.open || real.length < 50) {
    list(p.body, real, (r) => r.name, makeReal, (tr, r) => updateReal(tr, r, vs));
  }
}

// traffic is what comes in and what goes out. With DR and TUN the kernel does not see what goes out.
function traffic(key) {
  const coming = rate(key + " bytes_in");
  const going = rate(key + " bytes_out");
  if (coming === null) return ["…", ""];
  return [`in ${bits(coming)}`, going ? `out ${bits(going)}` : ""];
}

function makeReal() {
  const tr = row(labels);
  const [name, state, weight, connections, load, checks, act] = tr.cells;
  name.classList.add("mono");
  const p = { state: el("span"), weight: el("span", "number"), of: el("span", "sub") };
  state.append(p.state);
  weight.append(p.weight, p.of);
  p.active = el("span", "number");
  p.inactive = el("span", "sub");
  p.fresh = el("span", "sub");
  connections.append(p.active, p.inactive, p.fresh);
  p.coming = el("span", "line2");
  p.going = el("span", "line2");
  load.append(p.coming, p.going);
  p.checks = el("ul", "plain");
  checks.append(p.checks);
  act.className = "act";
  p.drain = button("Drain…", () => drain(tr));
  p.weigh = button("Weight…", () => weigh(tr));
  p.clear = button("Clear weight…", () => clear(tr));
  act.append(p.drain, p.weigh, p.clear);
  tr.parts = p;
  return tr;
}

function button(word, make) {
  const b = el("button", "small", word);
  b.type = "button";
  b.addEventListener("click", () => confirm(make()));
  return b;
}

function updateReal(tr, r, vs) {
  const p = tr.parts;
  tr.item = r;
  tr.server = vs;
  text(tr.cells[0], r.name);
  if (!r.up) badge(p.state, r.drained ? "down, drained" : "down", "bad");
  else if (r.drained) badge(p.state, "drained", "warn");
  else badge(p.state, "up", "good");
  const shown = r.drained ? 0 : r.up ? r.current_weight : r.weight;
  text(p.weight, String(shown));
  text(p.of, weightNote(r, shown));
  const c = r.counters;
  text(p.active, c ? count(c.active) : "–");
  text(p.inactive, c ? `+ ${count(c.inactive)} inactive` : "");
  const fresh = c ? rate(vs.name + " " + r.name + " connections") : null;
  text(p.fresh, !fresh ? "" : `${fresh < 10 ? fresh.toFixed(1) : Math.round(fresh)} new/s`);
  const [coming, going] = c ? traffic(vs.name + " " + r.name) : ["–", ""];
  text(p.coming, coming);
  text(p.going, going);
  list(p.checks, r.checks, (k) => k.name, makeCheck, (li, k) => updateCheck(li, k, r));
  text(p.drain, r.drained ? "Undrain…" : "Drain…");
  attr(p.drain, "aria-label", `${r.drained ? "Undrain" : "Drain"}: ${r.name} of ${vs.label}`);
  attr(p.weigh, "aria-label", `Weight: ${r.name} of ${vs.label}`);
  attr(p.clear, "aria-label", `Clear weight: ${r.name} of ${vs.label}`);
  show(p.clear, r.ordered_weight !== undefined);
}

function weightNote(r, shown) {
  if (r.ordered_weight !== undefined) return `ordered; ${r.configured_weight} in the file`;
  if (!r.drained && r.up && r.current_weight < r.weight) return `growing to ${r.weight}`;
  if (shown !== r.configured_weight) return `${r.configured_weight} in the file`;
  return "";
}

function makeCheck() {
  const p = { plot: plot.make(), name: el("span", "name"), took: el("span", "number took"), detail: el("span", "sub") };
  const li = el("li", "probe", p.plot, p.name, p.took, p.detail);
  li.parts = p;
  return li;
}

function updateCheck(li, k, r) {
  const p = li.parts;
  li.classList.toggle("down", !k.up);
  plot.update(p.plot, `${k.name} of ${r.name}`, k.recent_seconds);
  text(p.name, k.name);
  const latest = k.recent_seconds.at(-1);
  text(p.took, latest === undefined ? "" : latency(Math.abs(latest)));
  const says = [];
  if (k.suspended) says.push("suspended here");
  if (!k.up) says.push("down: " + (k.detail || "no reason given"));
  else if (k.failures) says.push(`${k.failures} failed in a row: ${k.detail || ""}`);
  if (k.last && now - Date.parse(k.last) > 120000) says.push("last run " + span((now - Date.parse(k.last)) / 1000) + " ago");
  text(p.detail, says.join("; "));
}

const of = (tr) => ({ virtual_server: tr.server.name, real_server: tr.item.name });

function drain(tr) {
  const name = `${tr.item.name} of ${tr.server.label}`;
  if (tr.item.drained) {
    return {
      title: `Undrain ${name}`, word: "Undrain", say: "It gets new connections again, by its weight.",
      body: { do: "undrain", ...of(tr) },
    };
  }
  return {
    title: `Drain ${name}`, word: "Drain",
    say: "It gets no new connections; those it has go on. This is kept over reloads and restarts until it is undrained.",
    body: { do: "drain", ...of(tr) },
  };
}

function weigh(tr) {
  return {
    title: `Weight of ${tr.item.name} of ${tr.server.label}`, word: "Set weight", extra: "weight",
    weight: tr.item.ordered_weight ?? tr.item.weight,
    say: `It counts instead of the ${tr.item.configured_weight} in the file and of what checks say, over reloads and restarts, until it is cleared.`,
    body: { do: "weight", ...of(tr) },
  };
}

function clear(tr) {
  return {
    title: `Clear weight of ${tr.item.name} of ${tr.server.label}`, word: "Clear weight",
    say: `The weight is that of the file again: ${tr.item.configured_weight}.`,
    body: { do: "clear_weight", ...of(tr) },
  };
}
