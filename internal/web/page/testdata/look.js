// What is wrong with the look of the page as it is: text whose contrast to its ground is below that of WCAG
// 2.1 AA, what sticks out sideways, and what can be pressed and is too small or has no name.
(() => {
  const bad = [];
  const parse = (c) => {
    const m = c.match(/[\d.]+/g).map(Number);
    return { r: m[0], g: m[1], b: m[2], a: m[3] ?? 1 };
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((v) => {
      v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.a === 1) return c;
      if (c.a > 0) bad.push("a ground that shines through: " + e.outerHTML.slice(0, 80));
    }
    return { r: 255, g: 255, b: 255 };
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };
  const open = document.querySelector("dialog[open]");
  const walk = document.createTreeWalker(open || document.body, NodeFilter.SHOW_TEXT);
  let looked = 0;
  let least = 21;
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest("script, noscript, .unseen")) continue;
    looked++;
    const r = ratio(parse(getComputedStyle(e).color), ground(e));
    least = Math.min(least, r);
    if (r < 4.5) bad.push(`contrast ${r.toFixed(2)}: ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    bad.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${width}`);
    for (const e of document.body.querySelectorAll("*")) {
      if (e.checkVisibility() && e.getBoundingClientRect().right > width + 1) bad.push("sticks out: " + e.outerHTML.slice(0, 120));
    }
  }
  for (const e of document.querySelectorAll("button, input, select, summary, a[href]")) {
    if (!e.checkVisibility() || e.classList.contains("skip")) continue;
    const box = e.getBoundingClientRect();
    if (box.height < 20 && e.tagName !== "A" && e.type !== "checkbox") bad.push(`${box.height} high: ${e.outerHTML.slice(0, 80)}`);
    const name = e.getAttribute("aria-label") || e.innerText || (e.labels && e.labels.length);
    if (!name) bad.push("no name: " + e.outerHTML.slice(0, 80));
  }
  return { bad: bad.slice(0, 20), looked, least };
})()
