// What is tracked, drift of the kernel's table, findings of the configuration, and what is wrong with the daemon.
import { $, badge, el, list, row, show, text } from "./dom.js";
import { span } from "./format.js";

const grave = { error: "bad", warning: "warn", hint: "calm" };

export function findings(view, now) {
  const rows = view.tracked.map((t) => ({ ...t, good: t.up || t.kind === "file" || !t.known }))
    .concat(view.bfd.map((s) => ({ kind: "BFD to " + s.neighbour, name: s.name, state: s.state, known: true, good: s.state === "Up", since: s.since })));
  show($("tracking"), rows.length > 0);
  list($("tracked"), rows, (t) => t.kind + " " + t.name, makeTracked, (tr, t) => {
    const p = tr.parts;
    text(p.name, t.name);
    text(p.kind, t.kind);
    badge(p.state, t.state || (t.known ? "" : "no result yet"), !t.known ? "wait" : t.good ? "good" : "bad");
    text(p.since, t.since ? span((now - Date.parse(t.since)) / 1000) : "–");
  });

  show($("findings"), view.ipvs !== undefined || view.findings.length > 0);
  text($("drift"), drift(view.ipvs, now));
  show($("drift"), view.ipvs !== undefined);
  list($("problems"), view.findings, (f) => f.severity + f.id + (f.at || "") + f.message, makeProblem, () => {});
  const left = view.findings_left_out;
  text($("problems-left"), `${left} more: holdfastctl check ${view.config_file}`);
  show($("problems-left"), left > 0);
  list($("notices"), notices(view, now), (n) => n, () => el("p", "notice warn"), text);
}

function makeTracked() {
  const tr = row(["Name", "State", "Kind", "Since"]);
  const p = { name: el("strong", "mono"), kind: el("span"), state: el("span"), since: el("span") };
  [p.name, p.state, p.kind, p.since].forEach((e, i) => tr.cells[i].append(e));
  tr.parts = p;
  return tr;
}

function drift(ipvs, now) {
  if (!ipvs) return "";
  if (ipvs.drift === 0) return "Drift: nobody else has changed the IPVS table.";
  const times = ipvs.drift === 1 ? "once" : `${ipvs.drift} times`;
  return `Drift: the IPVS table was changed by somebody else and put right ${times}, the last time ` +
    `${span((now - Date.parse(ipvs.last_drift)) / 1000)} ago: ${ipvs.last_repair}`;
}

function makeProblem(f) {
  const li = el("li", "problem");
  const mark = el("span");
  badge(mark, f.severity, grave[f.severity] || "calm");
  li.append(mark, " ", el("span", "mono", f.id), " ");
  if (f.at) li.append(el("span", "mono quiet", f.at));
  li.append(el("span", "says", f.message + (f.instead ? "; " + f.instead : "")));
  if (f.cure) li.append(el("span", "cure", f.cure));
  return li;
}

// notices are what an operator must not miss.
function notices(view, now) {
  const all = [];
  for (const p of view.processes) {
    if (!p.pid) all.push(`The ${p.role} process does not run.`);
    else if (p.silent) all.push(`The ${p.role} process does not answer: what it knows is missing here.`);
    else if (p.restarts && now - Date.parse(p.since) < 86400000) all.push(`The ${p.role} process was restarted ${p.restarts === 1 ? "once" : p.restarts + " times"}, last ${span((now - Date.parse(p.since)) / 1000)} ago.`);
  }
  if (view.reload.error) all.push(`The last reload had no effect: ${view.reload.error}`);
  if (view.ipvs && view.ipvs.error) all.push(`IPVS: ${view.ipvs.error}`);
  return all;
}
