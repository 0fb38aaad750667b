// What can be done with the token: it is asked for once, kept by this tab, and sent in a header alone.
import { $, show, text } from "./dom.js";

const kept = "holdfast-token";
let possible = false;
let memory = ""; // where there is no storage

function token() {
  try {
    return sessionStorage.getItem(kept) || memory;
  } catch {
    return memory;
  }
}

function keep(value) {
  memory = value;
  try {
    if (value) sessionStorage.setItem(kept, value);
    else sessionStorage.removeItem(kept);
  } catch {
    // memory it is, until the page is left
  }
  label();
}

function label() {
  text($("sign"), token() ? "Forget token" : "Enter token");
}

// offer shows what can be done, or that nothing can.
export function offer(is) {
  possible = is;
  show($("sign"), is);
  document.body.classList.toggle("acting", is);
  if (!is && token()) keep("");
}

// send asks the daemon for something. It returns an empty string or why it was not done.
async function send(body, secret) {
  try {
    const answer = await fetch("/page/do", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: "Bearer " + secret },
      body: JSON.stringify(body),
    });
    if (answer.ok) return "";
    const why = (await answer.text()).trim();
    if (answer.status === 401) keep("");
    return why || "the daemon answers " + answer.status;
  } catch {
    return "the daemon does not answer";
  }
}

// ask opens a dialog and returns a promise of whether it ended well. submit does what is confirmed and
// returns an empty string or why it was not done.
function ask(dialog, form, cancel, error, submit) {
  return new Promise((resolve) => {
    const ok = form.querySelector("[type=submit]");
    text(error, "");
    const end = new AbortController();
    const listen = (target, name, handle) => target.addEventListener(name, handle, { signal: end.signal });
    // The listeners go at once: the dialog's own event of having closed comes later, and may find it open
    // again.
    const finish = (done) => {
      end.abort();
      if (dialog.open) dialog.close();
      resolve(done);
    };
    listen(form, "submit", async (e) => {
      e.preventDefault();
      ok.disabled = true;
      form.setAttribute("aria-busy", "true");
      const why = await submit();
      form.removeAttribute("aria-busy");
      ok.disabled = false;
      if (end.signal.aborted) return; // it was left meanwhile: what was asked for is under way all the same
      if (why) {
        text(error, why);
        return;
      }
      finish(true);
    });
    listen(cancel, "click", () => finish(false));
    listen(dialog, "cancel", (e) => {
      e.preventDefault(); // Escape
      finish(false);
    });
    listen(dialog, "close", () => {
      if (!dialog.open) finish(false);
    });
    dialog.showModal();
  });
}

// enter asks for the token unless this tab has it.
export async function enter() {
  if (token()) return true;
  const field = $("token");
  const good = await ask($("token-dialog"), $("token-form"), $("token-cancel"), $("token-error"), async () => {
    const value = field.value.trim();
    const why = await send({ do: "nothing" }, value);
    if (!why) keep(value);
    return why;
  });
  field.value = "";
  return good;
}

// confirm says what is about to be done, asks, and does it. extra is "weight", "aside" or nothing.
export async function confirm({ title, say, word, extra, weight, body }) {
  if (!possible || !(await enter())) return;
  text($("confirm-title"), title);
  text($("confirm-text"), say);
  text($("confirm-ok"), word);
  show($("confirm-weight"), extra === "weight");
  show($("confirm-aside"), extra === "aside");
  $("weight").required = extra === "weight";
  if (extra === "weight") $("weight").value = weight;
  await ask($("confirm-dialog"), $("confirm-form"), $("confirm-cancel"), $("confirm-error"), async () => {
    const full = { ...body };
    if (extra === "weight") full.weight = Number($("weight").value);
    if (extra === "aside") full.seconds = Number($("aside").value);
    const secret = token();
    return secret ? send(full, secret) : "the token is wrong: close this and enter it again";
  });
}

$("sign").addEventListener("click", () => {
  if (token()) keep("");
  else enter();
});
label();
