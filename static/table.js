/* The table of leads by keyboard and beside it: a lead at a glance in the panel, the choices of many leads' changes in
   the dialog. Its keys come before app.js's.

   Markup it reads:
   [data-peek] in a [data-row]   loads that lead into #peek, which is shown once it holds one
   [data-unpeek]                 closes the panel
   #decide, #decide-body         the dialog, which is open while the body holds something
   .choose                       a list of choices: the arrow keys go through it */
(() => {
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const byId = (id) => document.getElementById(id);

  /* ------------------------------------------------------------- peek */
  let peeked = null; /* the id of the row that the panel shows */
  const isOpen = () => byId("peek")?.hidden === false;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const mark = () => rows().forEach((row) => row.toggleAttribute("data-peeked", isOpen() && row.id === peeked));
  const peek = (row) => { row?.querySelector("[data-peek]")?.click(); row?.scrollIntoView({ block: "nearest" }); };
  const close = () => {
    byId("peek").hidden = true;
    byId("peek").replaceChildren();
    mark();
    byId(peeked)?.querySelector("a[href]")?.focus();
  };
  const beside = (by) => { const all = rows(); return all[all.findIndex((row) => row.id === peeked) + by]; };
  on("click", (event) => {
    const link = event.target.closest?.("[data-peek]");
    if (link) peeked = link.closest("[data-row]").id;
    if (event.target.closest?.("[data-unpeek]")) close();
  }, true);

  /* ------------------------------------------------------------ swaps */
  on("htmx:after:swap", () => {
    const panel = byId("peek");
    if (panel?.childElementCount && panel.dataset.shows !== panel.querySelector("h2").dataset.lead) {
      panel.hidden = false;
      panel.querySelector("h2").focus();
    }
    if (panel) panel.dataset.shows = panel.querySelector("h2")?.dataset.lead ?? "";
    mark();
    const [dialog, body] = [byId("decide"), byId("decide-body")];
    if (!dialog) return;
    if (body.childElementCount && !dialog.open) dialog.showModal();
    else if (!body.childElementCount && dialog.open) dialog.close();
  });
  on("close", (event) => { if (event.target.id === "decide") byId("decide-body").replaceChildren(); }, true);

  /* ------------------------------------------------------------- keys */
  const busy = (el) => el.matches("input, textarea, select, button, summary, [contenteditable]");
  const atGlance = {
    "j": () => peek(beside(1)),
    "k": () => peek(beside(-1)),
    "x": () => byId(peeked)?.querySelector(".row-check")?.click(),
    "Enter": () => byId("peek").querySelector("[data-open-lead]").click(),
    "Escape": close,
    " ": close,
  };
  const inRow = {
    " ": (row) => peek(row),
    "e": (row, el) => (el.matches(".edit") ? el : row.querySelector("[data-key='e']"))?.click(),
  };
  const through = (event) => {
    const list = event.target.closest(".choose");
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!list || !by) return false;
    const items = [...list.querySelectorAll("a, button")];
    items[(items.indexOf(event.target) + by + items.length) % items.length].focus();
    return true;
  };
  on("keydown", (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (through(event)) { event.preventDefault(); return; }
    if (document.querySelector("dialog[open]") || target.closest("[aria-expanded='true']")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const typing = target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    const row = target.closest("[data-row]");
    if (typing || (busy(target) && key === " ")) return;
    if (isOpen() && atGlance[key] && !(key === "Enter" && target.matches("a, button"))) atGlance[key]();
    else if (row && inRow[key]) inRow[key](row, target);
    else return;
    event.preventDefault();
  }, true);
})();
