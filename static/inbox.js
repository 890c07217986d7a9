/* The inbox by the keyboard, and what a look at a thread says. Listens on document, so parts swapped in by htmx need nothing.

   Markup it reads: #inbox[data-open] around #threads with a link in each [data-row], the open one aria-current; .thread-head menus
   (ids that begin with snooze-menu, label-menu, assign-menu); [role=menu][data-digits], whose items a digit presses;
   [data-seen], a button that says the open thread was seen; [data-reply], the field that R focuses. */
(() => {
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const inbox = () => document.getElementById("inbox");
  const links = () => [...document.querySelectorAll("#threads [data-row] > a")];
  const typing = (el) => el.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio)$/.test(el.type));

  /* ---------------------------------------------------------- keyboard */
  const step = (by) => {
    const all = links();
    const at = all.findIndex((link) => link.matches("[aria-current]"));
    const next = at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[at + by];
    if (!next) return;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    next.click();
  };
  const openMenu = (name) => {
    const trigger = document.querySelector(`.thread-head [id^="${name}-menu"][id$="-trigger"]`);
    trigger?.focus();
    trigger?.click();
  };
  const reply = () => {
    const field = document.querySelector("[data-reply]");
    field?.scrollIntoView({ block: "nearest" });
    field?.focus();
  };
  const keys = { j: () => step(1), n: () => step(1), k: () => step(-1), r: reply, h: () => openMenu("snooze"), l: () => openMenu("label"), a: () => openMenu("assign") };
  const digits = (event) => {
    const menu = document.querySelector(".dropdown-menu:has(> [aria-expanded='true']) [data-digits]");
    const item = /^[1-9]$/.test(event.key) ? menu?.querySelectorAll("[role^='menuitem']")[Number(event.key) - 1] : null;
    item?.click();
    return Boolean(item);
  };
  let going = 0; /* when G was pressed: the key after it opens a page */
  on("keydown", (event) => {
    const chord = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (!inbox() || event.defaultPrevented || chord || typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const wentOn = Date.now() - going < 1500;
    going = key === "g" ? Date.now() : 0;
    if (digits(event)) { event.preventDefault(); event.stopPropagation(); return; }
    if (wentOn || document.querySelector(".dropdown-menu > [aria-expanded='true']")) return;
    if (!keys[key]) return;
    keys[key]();
    event.preventDefault();
  }, true);

  /* --------------------------------------------------- a thread is open */
  const opened = () => inbox()?.querySelector(".pane[id^='thread-'][data-sunken]");
  let shown = null;
  const look = () => {
    const thread = opened();
    if (thread?.id !== shown) {
      shown = thread?.id ?? null;
      if (matchMedia("(width < 64rem)").matches) scrollTo(0, 0);
      else thread?.querySelector(".message:last-of-type")?.scrollIntoView({ block: "nearest" });
    }
    const seen = document.querySelector("[data-seen]:not([data-said])");
    if (seen && document.visibilityState === "visible") {
      seen.dataset.said = "";
      seen.form.requestSubmit();
    }
  };
  on("DOMContentLoaded", () => { shown = opened()?.id ?? null; look(); });
  on("visibilitychange", look);
  on("htmx:after:swap", () => {
    look();
    const dialog = document.getElementById("decide");
    if (dialog?.open && !dialog.querySelector("form")) dialog.close();
  });
})();
