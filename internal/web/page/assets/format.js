// Numbers and times as they are read.

const units = [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];

// span is a number of seconds in its largest two units.
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const i = units.findIndex(([n]) => s >= n);
  if (i < 0) return "0s";
  const [n, unit] = units[i];
  const first = Math.floor(s / n) + unit;
  if (i + 1 >= units.length) return first;
  const [m, smaller] = units[i + 1];
  const rest = Math.floor((s % n) / m);
  return rest ? first + " " + rest + smaller : first;
}

// latency is a short number of seconds.
export function latency(seconds) {
  const us = Math.round(seconds * 1e6);
  if (us < 1000) return us + " µs";
  if (us < 10000) return (us / 1000).toFixed(1) + " ms";
  if (us < 1000000) return Math.round(us / 1000) + " ms";
  return (us / 1000000).toFixed(1) + " s";
}

// count is a number with its thousands apart, or shortened.
export function count(n) {
  return n < 100000 ? n.toLocaleString("en") : scaled(n).trim();
}

// bits is a rate of octets a second in bits.
export function bits(octets) {
  return scaled(octets * 8) + "bit/s";
}

// scaled is a number with its unit's prefix, and the space before that.
function scaled(n) {
  const prefixes = ["", "k", "M", "G", "T"];
  let i = 0;
  while (n >= 999.5 && i + 1 < prefixes.length) {
    n /= 1000;
    i++;
  }
  return (i > 0 && n < 9.95 ? n.toFixed(1) : Math.round(n)) + " " + prefixes[i];
}

// clock is the time of day, day the date.
export function clock(date) {
  return date.toLocaleTimeString("en-GB");
}

export function day(date) {
  return date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
}
