// The page: the latest view, drawn whenever it or the time has changed.
import { $, attr, el, list, show, text } from "./dom.js";
import { clock, span } from "./format.js";
import { follow } from "./stream.js";
import { routers } from "./routers.js";
import { servers } from "./servers.js";
import { anew, events } from "./events.js";
import { findings } from "./findings.js";
import { offer } from "./actions.js";

let view = null;
let at = 0; // when it came
let ahead = 0; // of the daemon's clock to this one
let states = null; // of instances, as they were said last

const now = () => Date.now() + ahead;

function draw() {
  if (!view) return;
  text($("host"), view.host);
  text($("about"), `${view.version}, pid ${view.pid}, up ${span((now() - Date.parse(view.since)) / 1000)}, ${view.config_file}` +
    (view.reload.count ? `, ${view.reload.count} reloads` : ""));
  routers(view, now());
  servers(view, now());
  findings(view, now());
  list($("summary"), summary(view), (s) => s.to, makeSummary, (li, s) => {
    text(li.firstChild, s.say);
    attr(li.firstChild, "class", s.kind);
  });
}

function makeSummary(s) {
  const a = el("a");
  a.href = s.to;
  return el("li", "", a);
}

const many = (n, one, more) => `${n} ${n === 1 ? one : more || one + "s"}`;

// summary is the state in a line.
function summary(v) {
  const all = [];
  if (v.instances.length) {
    const of = (state) => v.instances.filter((i) => i.state === state).length;
    const parts = ["MASTER", "BACKUP", "FAULT", "INIT"].filter(of).map((s) => v.instances.length === 1 ? s : `${of(s)} ${s}`);
    all.push({ to: "#routers", say: parts.join(", "), kind: of("FAULT") ? "bad" : of("MASTER") ? "strong" : "calm" });
  }
  if (v.virtual_servers.length) {
    const active = v.virtual_servers.filter((s) => s.active).length;
    const lost = v.virtual_servers.filter((s) => !s.quorum).length;
    const down = v.virtual_servers.reduce((n, s) => n + s.total - s.up, 0);
    let say = `${active} of ${many(v.virtual_servers.length + v.virtual_servers_left_out, "virtual server")} active`;
    if (lost) say += `, ${lost} without quorum`;
    if (down) say += `, ${many(down, "real server")} down`;
    all.push({ to: "#servers", say, kind: lost ? "bad" : down ? "warn" : "good" });
  }
  const n = v.findings.length + v.findings_left_out;
  const worst = v.findings.length ? v.findings[0].severity : "";
  const drifted = v.ipvs ? v.ipvs.drift : 0;
  if (n || v.ipvs) {
    all.push({
      to: "#findings", kind: worst === "error" ? "bad" : worst === "warning" ? "warn" : "calm",
      say: (n ? many(n, "finding") : "no findings") + (drifted ? `, drift put right ${drifted === 1 ? "once" : drifted + " times"}` : ""),
    });
  }
  all.push({ to: "#events", say: "events", kind: "calm" });
  return all;
}

// say tells who cannot see the page which instances have changed, and nothing else.
function say(v) {
  const next = new Map(v.instances.map((i) => [i.name, i.state]));
  if (states) {
    const changed = [...next].filter(([name, state]) => states.get(name) !== state);
    if (changed.length) text($("said"), changed.map(([name, state]) => `${name} is ${state}`).join(", "));
  }
  states = next;
  const masters = v.instances.filter((i) => i.state === "MASTER").length;
  const state = v.instances.length === 0 ? "" : v.instances.length === 1 ? v.instances[0].state + " · " : `MASTER ${masters}/${v.instances.length} · `;
  document.title = `${state}${v.host} · Holdfast`;
}

const links = { live: "live", connecting: "connecting", lost: "no connection", stale: "stale", paused: "paused" };
let link = "connecting";
let cause = "";

function showLink() {
  const e = $("link");
  text(e, links[link]);
  attr(e, "data-link", link);
  const old = view && link !== "live" && !(link === "connecting" && Date.now() - at < 3000);
  document.body.classList.toggle("stale", Boolean(old));
  const since = view ? ` What you see is from ${clock(new Date(at))}.` : "";
  const why = link === "stale" ? cause : "The daemon is not heard" + (cause ? ": " + cause : "") + "; trying again.";
  const shown = old || (!view && link === "lost");
  text($("stale"), shown ? why.replace(/\.?$/, ".") + since : "");
  show($("stale"), Boolean(shown));
}

follow({
  clock(time) {
    ahead = Date.parse(time) - Date.now();
  },
  state(v) {
    if (v.schema !== "holdfast/page/1") {
      location.reload(); // the daemon is another one than that which this page came from
      return;
    }
    view = v;
    at = Date.now();
    offer(v.actions);
    say(v);
    draw();
  },
  events,
  anew,
  link(word, why) {
    link = word;
    if (word !== "connecting") cause = why;
    if (word === "live") at = Date.now();
    showLink();
  },
});

setInterval(() => {
  if (link === "live") draw();
  showLink();
}, 1000);
