// Rates of counters, from what they were some seconds ago.

const window = 6000;
const samples = new Map();

// note notes a counter now.
export function note(key, value) {
  const now = performance.now();
  let all = samples.get(key);
  if (!all) samples.set(key, (all = []));
  if (all.length && value < all.at(-1).value) all.length = 0; // it began anew
  const latest = all.at(-1);
  if (latest && now - latest.at < 400) latest.value = value;
  else all.push({ at: now, value });
  while (all.length > 2 && now - all[1].at > window) all.shift();
}

// rate is how much a counter grows a second, null while that is not known.
export function rate(key) {
  const all = samples.get(key);
  if (!all || all.length === 0) return null;
  const now = performance.now();
  if (now - all[0].at < 900) return null;
  return (all.at(-1).value - all[0].value) * 1000 / (now - all[0].at);
}

// forget drops the counters that are not in use.
export function forget(used) {
  for (const key of samples.keys()) if (!used.has(key)) samples.delete(key);
}
