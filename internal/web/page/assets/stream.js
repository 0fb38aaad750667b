// The stream of the daemon, from now on and again whenever it is lost.

// A tab that nobody sees gives its place up: there is a limited number, and browsers open few
// connections to one host.
const unseen = 30000;

// follow calls the handlers: state(view), events(list), clock(the daemon's time), link(word, cause), and
// anew() when the daemon is another one, whose events begin anew.
export function follow(handlers) {
  let source = null;
  let boot = "";
  let last = ""; // id of the last events
  let heard = 0; // when anything came
  let limit = 10000; // of silence
  let wait = 1000;
  let timer = 0;
  let hidden = 0;

  function open() {
    close();
    handlers.link("connecting", "");
    source = new EventSource("/page/stream" + (last ? "?after=" + encodeURIComponent(last) : ""));
    heard = performance.now();
    on("hello", (m) => {
      limit = m.beat_ms * 2.5;
      wait = 1000;
      handlers.clock(m.now);
      if (boot && boot !== m.boot) handlers.anew();
      boot = m.boot;
    });
    on("beat", (m) => {
      handlers.clock(m.now);
      handlers.link(m.error ? "stale" : "live", m.error || "");
    });
    on("state", (m) => {
      handlers.link("live", "");
      handlers.state(m);
    });
    on("events", (m, id) => {
      last = id;
      handlers.link("live", "");
      handlers.events(m);
    });
    source.onerror = lost;
  }

  function on(name, handle) {
    const of = source;
    source.addEventListener(name, (e) => {
      if (of !== source) return;
      heard = performance.now();
      handle(JSON.parse(e.data), e.lastEventId);
    });
  }

  function close() {
    clearTimeout(timer);
    timer = 0;
    if (source) source.close();
    source = null;
  }

  // lost waits longer and longer, and says why where the daemon does.
  async function lost() {
    if (!source) return;
    close();
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, 5000);
    handlers.link("lost", "");
    try {
      const answer = await fetch("/page/stream", { method: "HEAD" });
      if (answer.status === 503 && timer) handlers.link("lost", "too many pages are open on this daemon");
    } catch {
      // it does not answer at all
    }
  }

  setInterval(() => {
    if (source && performance.now() - heard > limit) lost();
  }, 500);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(() => { close(); handlers.link("paused", ""); }, unseen);
    else if (!source) { wait = 1000; open(); }
  });
  addEventListener("online", () => { if (!source) open(); });
  open();
}
