// Progressive enhancement only: every page works without this file. No words here: they come from data-* attributes.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (text) => {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
};

// An error summary takes focus.
document.querySelector(".errsum:not([hidden])")?.focus();

// Text support: what is new arrives as server-sent events; while that fails, it is asked for every few seconds. `data-chat` holds the
// number of the last message shown (last), where more is had (more) and the stream's address (stream).
const chat = document.querySelector("[data-chat]");
if (chat) {
  const log = chat.querySelector("[role=log]");
  const state = chat.querySelector("[data-chat-state]");
  const form = chat.querySelector("[data-chat-send]");
  const refused = chat.querySelector("[data-chat-refused]");
  let last = Number(chat.dataset.last);
  let asking;
  const end = () => log && (log.scrollTop = log.scrollHeight);
  const token = () => state.querySelector("[data-token]")?.dataset.token;
  const announced = () => state.querySelector("[data-announce]")?.dataset.announce;
  const add = (id, html) => {
    if (id <= last) return;
    last = id;
    log.insertAdjacentHTML("beforeend", html);
    end();
  };
  const show = (html) => {
    const before = [token(), announced()];
    const focused = state.contains(document.activeElement) && document.activeElement.id;
    state.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus();
    if (token() !== before[0] && !form?.elements.body.value.trim()) location.reload(); // other forms belong to it
    else if (announced() && announced() !== before[1]) say(announced());
  };
  const take = (news) => {
    news.messages.forEach(({ id, html }) => add(id, html));
    show(news.state);
  };
  const ask = async () => {
    try {
      const answer = await fetch(`${chat.dataset.more}?after=${last}`, { headers: { Accept: "application/json" } });
      if (answer.ok) take(await answer.json());
    } catch { /* the next time */ }
  };
  const poll = () => { asking ??= setInterval(ask, 4000); };
  if (chat.dataset.stream) {
    const source = new EventSource(`${chat.dataset.stream}&after=${last}`, { withCredentials: true });
    source.addEventListener("message", (event) => add(Number(event.lastEventId), event.data));
    source.addEventListener("state", (event) => show(event.data));
    source.addEventListener("open", () => { asking = clearInterval(asking); });
    source.addEventListener("error", poll);
  }
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(form);
    body.append("after", last);
    if (form.ariaBusy === "true" || !body.get("body").trim()) return;
    form.ariaBusy = "true";
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const news = await answer.json();
      refused.hidden = answer.ok;
      refused.textContent = news.message ?? "";
      if (answer.ok) {
        form.elements.body.value = "";
        form.elements.client_id.value = news.next_id;
        take(news);
      }
    } catch {
      form.submit(); // the same message by the same name, so that it is not written twice
    }
    form.ariaBusy = "false";
    form.elements.body.focus();
  });
  // Enter sends, except while it chooses a character (IME).
  form?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || event.target.name !== "body") return;
    event.preventDefault();
    form.requestSubmit();
  });
  all("[data-chat-keys]", chat).forEach((hint) => { hint.hidden = false; });
  all("[data-chat-reload]", chat).forEach((link) => { link.hidden = true; });
  // A canned answer is put behind what is typed.
  document.addEventListener("click", (event) => {
    const answer = event.target.closest?.("[data-fill]");
    if (!answer || !form) return;
    event.preventDefault();
    const box = form.elements.body;
    box.value = [box.value.trim(), answer.dataset.fill].filter(Boolean).join("\n");
    box.focus();
  });
  end();
}

// One submission per form: the second press of a busy button does nothing.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented || event.target.method === "get") return;
  if (button.ariaBusy === "true") {
    event.preventDefault();
    return;
  }
  button.ariaBusy = "true";
  setTimeout(() => { button.ariaBusy = "false"; }, 4000);
});
// Back to a page kept in memory: buttons are free again.
addEventListener("pageshow", () => all("[aria-busy=true]").forEach((button) => { button.ariaBusy = "false"; }));

// Comparison: at most data-most; say how many. Words: data-count ("… {n} …") and data-full on the form.
document.addEventListener("change", (event) => {
  if (event.target.name !== "compare") return;
  const words = event.target.form?.dataset;
  if (!words?.count) return;
  const chosen = all("input[name=compare]:checked", event.target.form);
  const full = chosen.length > Number(words.most);
  if (full) event.target.checked = false;
  const text = full ? words.full : words.count.replace("{n}", chosen.length);
  say(text);
  const note = event.target.form.querySelector("[data-compare-note]");
  if (note) note.textContent = text;
});

// A select that belongs to a filter form but stands outside it (sorting).
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-filters") && event.target.matches("select") && !form.contains(event.target)) form.requestSubmit();
});

// Escape closes the menu and gives focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.navmenu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Copy buttons: data-copy holds the text, data-copied the words to say, data-done the words to show for a moment. Those that begin
// hidden are shown where copying works.
if (navigator.clipboard) all("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  say(button.dataset.copied);
  const words = button.querySelector("[data-copy-words]");
  if (!words || words.dataset.before) return;
  words.dataset.before = words.textContent;
  words.textContent = button.dataset.done;
  setTimeout(() => { words.textContent = words.dataset.before; delete words.dataset.before; }, 2000);
});

// Print buttons exist only where printing by script works.
all("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});

// After htmx has swapped a list, announce its new count; focus stays where it was.
document.addEventListener("htmx:afterSwap", (event) => {
  const count = event.target.querySelector?.("[data-announce]");
  if (count) say(count.textContent.trim());
});

// Facets are swapped with their new counts; what was folded open or shut stays so.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  all("details[id]", event.detail.fragment).forEach((details) => {
    const before = document.getElementById(details.id);
    if (before) details.open = before.open;
  });
});
