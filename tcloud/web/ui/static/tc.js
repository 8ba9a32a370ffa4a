// Progressive enhancement only: every page works without this file. No words here: they come from data-* attributes.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (text) => {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
};

// An error summary takes focus.
document.querySelector(".errsum:not([hidden])")?.focus();

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

// Comparison: at most three; say how many. Words: data-count ("… {n} …") and data-full on the form.
document.addEventListener("change", (event) => {
  if (event.target.name !== "compare") return;
  const words = event.target.form?.dataset;
  if (!words?.count) return;
  const chosen = all("input[name=compare]:checked", event.target.form);
  const full = chosen.length > 3;
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

// Copy buttons: data-copy holds the text, data-copied the words to say.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  say(button.dataset.copied);
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
