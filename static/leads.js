/* The lead's own page: the composer's tabs, mentions, fields edited with the keyboard alone, the stage path; and the
   table's cells. Listens on document, so parts swapped in by htmx need nothing.

   Markup it reads:
   textarea[data-submit]          Ctrl+Enter sends its form
   textarea[data-mentions="url"]  an @ opens the list of members at that address; a button [data-at] in its form types one
   .edit-form                     Escape leaves the field as it was ([data-cancel]), Tab saves and goes on to the next .facts .edit, or to the next in its row
   [data-cancel]                  what Escape presses in the form around
   [role=tab][href]               a tab that is a link without JavaScript
   [data-compose="call"]          opens that panel of the composer
   [data-dialog="id"]             a link to a page that is also a dialog here; [data-dismisses] in it closes it
   [data-focus="selector"]        focuses that element when pressed */
(() => {
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const byId = (id) => document.getElementById(id);
  const plain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

  /* -------------------------------------------------- links that are more */
  const openPanel = (panel) => {
    byId(`tab-${panel}`)?.click();
    const body = byId(`panel-${panel}`);
    const field = ["[name=subject]", "[name=title]", "select", "textarea"].map((name) => body?.querySelector(name)).find(Boolean);
    field?.focus();
    byId("composer")?.scrollIntoView({ block: "nearest" });
  };
  const openDialog = (dialog) => {
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector("input[type=radio]:checked") ?? dialog.querySelector("input[type=radio]"))?.focus();
  };
  on("click", (event) => {
    const el = event.target.closest?.("[role=tab][href], [data-compose], [data-dialog], [data-dismisses], [data-focus]");
    if (!el || !plain(event)) return;
    const dialog = el.dataset.dialog && byId(el.dataset.dialog);
    if (dialog) openDialog(dialog);
    else if ("dismisses" in el.dataset && el.closest("dialog")) el.closest("dialog").close();
    else if (el.dataset.compose && byId("composer")) openPanel(el.dataset.compose);
    else if (el.dataset.focus) document.querySelector(el.dataset.focus)?.focus();
    else if (el.getAttribute("role") !== "tab") return;
    if (!el.protocol?.startsWith("tel")) event.preventDefault();
  });

  /* ------------------------------------------------ fields, one by one */
  let goOn = null; /* the id of the field to open once the one before it is saved or left */
  const fieldBeside = (form, by) => {
    const own = form.closest("dd, td");
    const fields = own.matches("td") ? own.parentElement.querySelectorAll("td:has(.edit, .edit-form)") : document.querySelectorAll(".facts > dd:has(.edit[hx-get], .edit-form)");
    const shown = [...fields].filter((field) => field.getClientRects().length);
    return shown[shown.indexOf(own) + by];
  };
  const unchanged = (form) => [...form.elements].every((el) => el.type === "hidden" || (el.options ? [...el.options].every((option) => option.selected === option.defaultSelected) : el.value === (el.defaultValue ?? el.value)));
  const leaveField = (form, by) => {
    const next = fieldBeside(form, by);
    if (!next || [...form.elements].filter((el) => el.matches("input:not([type=hidden]), select")).length > 1) return false;
    goOn = next.id;
    if (unchanged(form)) form.querySelector("[data-cancel]").click();
    else form.requestSubmit();
    return true;
  };
  on("htmx:after:swap", () => {
    if (!goOn) return;
    const refused = document.querySelector(".edit-form [aria-invalid='true']");
    const next = byId(goOn)?.querySelector(".edit");
    goOn = null;
    if (!refused) next?.click();
  });

  on("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const { target, key } = event;
    if (pick(event)) return;
    const form = target.closest?.(".edit-form");
    const cancel = key === "Escape" && target.closest?.("form")?.querySelector("[data-cancel]");
    const chord = event.ctrlKey || event.metaKey;
    if (key === "Enter" && chord && target.matches?.("textarea[data-submit]")) target.form.requestSubmit();
    else if (cancel) cancel.click();
    else if (form && key === "Enter" && target.tagName === "SELECT") form.requestSubmit();
    else if (form && key === "Tab" && target.matches("input, select") && !chord && leaveField(form, event.shiftKey ? -1 : 1)) { /* on its way */ }
    else if (/^Arrow(Left|Right)$/.test(key) && target.closest?.(".stage-path")) stepBeside(target, key === "ArrowLeft" ? -1 : 1);
    else return;
    event.preventDefault();
  });

  const stepBeside = (button, by) => {
    const steps = [...document.querySelectorAll("#stage .stage-path :is(button, a), #mark-lost")].filter((step) => step.getClientRects().length);
    steps[steps.indexOf(button) + by]?.focus();
  };

  /* ---------------------------------------------------------- mentions */
  let people = null; /* [name, option], asked for at the first @ */
  let open = null; /* {field, list, from} while the list is open: the @ stands at `from` */
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const loadPeople = async (url) => {
    const response = await fetch(url, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } });
    if (!response.ok) return [];
    const list = new DOMParser().parseFromString(await response.text(), "text/html");
    return [...list.querySelectorAll("[role=option]")].map((option) => [option.dataset.name, option]);
  };
  const closeList = () => {
    if (!open) return;
    open.list.remove();
    open.field.removeAttribute("aria-controls");
    open.field.removeAttribute("aria-activedescendant");
    open = null;
  };
  const typedName = (field) => {
    const before = field.value.slice(0, field.selectionStart);
    const found = /(?:^|\s)@([^@\n]{0,40})$/.exec(before);
    return found && { from: before.length - found[1].length - 1, text: found[1] };
  };
  const activate = (option) => {
    open.list.querySelectorAll("[aria-selected]").forEach((other) => other.removeAttribute("aria-selected"));
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    open.field.setAttribute("aria-activedescendant", option.id);
  };
  const suggest = async (field) => {
    if (!typedName(field)) return closeList();
    people ??= loadPeople(field.dataset.mentions).catch(() => []);
    const known = await people;
    const typed = typedName(field);
    const starts = (name) => name.startsWith(fold(typed.text)) || name.split(/\s+/).some((word) => word.startsWith(fold(typed.text)));
    const fitting = typed ? known.filter(([name]) => starts(fold(name))).slice(0, 6) : [];
    closeList();
    if (!fitting.length || !field.isConnected || document.activeElement !== field) return;
    const list = document.createElement("ul");
    Object.assign(list, { className: "mention-list", id: `${field.id}-people`, role: "listbox", ariaLabel: "Members to mention" });
    list.append(...fitting.map(([, option]) => option.cloneNode(true)));
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    open = { field, list, from: typed.from };
    activate(list.firstElementChild);
  };
  const choose = (option) => {
    const { field, from } = open;
    field.setRangeText(`@${option.dataset.name} `, from, field.selectionStart, "end");
    closeList();
    field.focus();
  };
  const pick = (event) => {
    if (!open || event.target !== open.field || event.ctrlKey || event.metaKey) return false;
    const options = [...open.list.children];
    const at = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") activate(options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
    else if (event.key === "Enter" || event.key === "Tab") choose(options[at]);
    else if (event.key === "Escape") closeList();
    else return false;
    event.preventDefault();
    return true;
  };
  on("input", (event) => { if (event.target.matches?.("textarea[data-mentions]")) suggest(event.target); });
  on("pointerdown", (event) => {
    const option = event.target.closest?.(".mention-list > [role=option]");
    if (option && open) { event.preventDefault(); choose(option); }
  });
  on("focusout", (event) => { if (open && event.target === open.field) setTimeout(() => { if (open && document.activeElement !== open.field) closeList(); }); });
  on("click", (event) => {
    const field = event.target.closest?.("button[data-at]")?.form.querySelector("[data-mentions]");
    if (!field) return;
    field.focus();
    const before = field.value[field.selectionStart - 1];
    field.setRangeText(before && /\S/.test(before) ? " @" : "@", field.selectionStart, field.selectionEnd, "end");
    suggest(field);
  });
})();
