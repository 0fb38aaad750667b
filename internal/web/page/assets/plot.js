// Small plots of the latest results of a check: a bar for each run, as high as it took long, and a cross
// for one that failed.
import { latency } from "./format.js";

const space = "http://www.w3.org/2000/svg";
const step = 3;
const height = 22;
const most = 30;

// make makes an empty plot.
export function make() {
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "plot");
  svg.setAttribute("role", "img");
  svg.setAttribute("viewBox", `0 0 ${most * step} ${height}`);
  svg.setAttribute("width", most * step);
  svg.setAttribute("height", height);
  const base = document.createElementNS(space, "path");
  base.setAttribute("class", "base");
  base.setAttribute("d", `M0 ${height - 0.5}H${most * step}`);
  const good = document.createElementNS(space, "path");
  good.setAttribute("class", "good");
  const bad = document.createElementNS(space, "path");
  bad.setAttribute("class", "bad");
  svg.append(base, good, bad);
  svg.good = good;
  svg.bad = bad;
  return svg;
}

// update draws the runs, the latest at the right end.
export function update(svg, name, recent) {
  const runs = recent.slice(-most);
  const drawn = runs.join(" ");
  if (svg.drawn === drawn) return;
  svg.drawn = drawn;
  const worst = Math.max(1e-6, ...runs.map(Math.abs));
  let good = "";
  let bad = "";
  runs.forEach((run, i) => {
    const x = (most - runs.length + i) * step;
    if (run < 0) {
      bad += `M${x} ${height - 7}l2 2m0 -2l-2 2M${x + 1} 1V${height - 9}`;
    } else {
      const h = Math.max(1.5, (run / worst) * (height - 2));
      good += `M${x + 1} ${height - 1}v${-h.toFixed(1)}`;
    }
  });
  svg.good.setAttribute("d", good);
  svg.bad.setAttribute("d", bad);
  svg.setAttribute("aria-label", describe(name, runs));
}

// describe says in words what is drawn.
function describe(name, runs) {
  if (runs.length === 0) return name + ": no run yet";
  const failed = runs.filter((run) => run < 0).length;
  const worst = latency(Math.max(...runs.map(Math.abs)));
  return `${name}: latest of ${runs.length} runs ${latency(Math.abs(runs.at(-1)))}, longest ${worst}, ${failed} failed`;
}
