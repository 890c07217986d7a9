/* Behaviour beyond htmx and Basecoat. Everything is delegated from document, so parts swapped in by htmx work without
   set-up. Loaded first and not deferred: it decides the theme before the first paint.

   Markup it reads:
   data-open="dialog-id", data-close            open a dialog, close the one around
   data-copy="element-id"                       copy that element's text
   data-find                                    the field that / focuses
   data-go="l"                                  a link that this key opens after G
   data-key="n"                                 a link or button that a key presses; inside data-row it acts on the row in focus
   data-row (with an id)                        a lead in a list: J and K move, X ticks its .row-check, Enter opens its first link
   .row-check, .check-all, .bulkbar[data-float] selection and its bar; data-count in it, data-clear-checks; Shift ticks all between
   .check-every                                 takes in what is on other pages, too; data-every of data-count says how many that are
   data-time-zone                               a hidden field that gets the browser's time zone
   data-own-zone="field-id"                     offers the browser's time zone for that field, in a box that is hidden while it holds that one
   data-enter="button-id"                       a text field in which Enter presses that button, not the first one of its form
   data-failed="The lead stays in New."         what a failure means to whoever asked, instead of advice; empty: nobody waits for the answer
   data-confirm="dialog-id"                     a submit button that asks first; the dialog's data-confirmed button goes on */
(() => {
  const root = document.documentElement;
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const device = matchMedia("(prefers-color-scheme: dark)");

  /* ------------------------------------------------------------ theme */
  const applyTheme = () => root.classList.toggle("dark", root.dataset.theme === "dark" || (root.dataset.theme !== "light" && device.matches));
  applyTheme();
  device.addEventListener("change", applyTheme);

  /* ------------------------------------------------- clicks on anything */
  const actions = {
    open: (el) => document.getElementById(el.dataset.open)?.showModal(),
    close: (el) => el.closest("dialog")?.close(),
    sidebarToggle: () => setSidebar(!sidebarIsOpen()),
    copy: (el) => copy(el),
    clearChecks: () => { [...checks(), ...everyCheck()].forEach((box) => { box.checked = false; }); countChecks(); },
    dismiss: (el) => closeToast(el.closest(".toast")),
    themeChoice: (el) => { root.dataset.theme = el.dataset.themeChoice; applyTheme(); },
    ownZone: (el) => {
      const field = document.getElementById(el.dataset.ownZone);
      field.value = el.querySelector("span").textContent;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    },
    confirmed: (el) => { el.closest("dialog").close(); waiting?.click(); },
  };
  const names = Object.keys(actions);
  const selector = names.map((name) => `[data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}]`).join(",");
  on("click", (event) => {
    const el = event.target.closest(selector);
    if (el) names.filter((name) => name in el.dataset).forEach((name) => actions[name](el));
    else if (event.target.matches("dialog.dialog")) event.target.close();
  });

  let waiting = null;
  on("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button || button === waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = button;
    document.getElementById(button.dataset.confirm)?.showModal();
  }, true);
  on("close", () => { setTimeout(() => { waiting = null; }); }, true);

  const copy = async (el) => {
    const source = document.getElementById(el.dataset.copy);
    if (!navigator.clipboard) { getSelection().selectAllChildren(source); return; } /* over plain http: ready for Ctrl C */
    await navigator.clipboard.writeText(source.textContent.trim());
    const label = el.querySelector("span");
    if (label) label.textContent = "Copied";
  };

  /* ---------------------------------------------------------- sidebar */
  const narrow = matchMedia("(width < 48rem)");
  const sidebar = () => document.getElementById("sidebar");
  const sidebarIsOpen = () => sidebar()?.getAttribute("aria-hidden") === "false";
  const setSidebar = (open) => {
    const bar = sidebar();
    if (!bar?.open) return;
    const had = bar.contains(document.activeElement);
    if (open) bar.open(); else bar.close();
    const toggle = document.querySelector("[data-sidebar-toggle]");
    toggle?.setAttribute("aria-expanded", String(open));
    if (open && narrow.matches) bar.querySelector("button, a")?.focus();
    else if (had) toggle?.focus();
  };
  const fitSidebar = () => { if (sidebarIsOpen() === narrow.matches) setSidebar(!narrow.matches); };
  narrow.addEventListener("change", fitSidebar);
  on("basecoat:initialized", (event) => { if (event.target.id === "sidebar") fitSidebar(); }, true); /* it goes by innerWidth */

  /* -------------------------------------------------------- selection */
  const checks = () => [...document.querySelectorAll(".row-check")];
  const everyCheck = () => [...document.querySelectorAll(".check-every")];
  const countChecks = () => {
    const boxes = checks();
    const ticked = boxes.filter((box) => box.checked).length;
    const [every] = everyCheck();
    if (every && ticked < boxes.length) every.checked = false;
    const bar = document.querySelector(".bulkbar[data-float]");
    if (bar) {
      bar.hidden = ticked === 0;
      const out = bar.querySelector("[data-count]");
      if (out) out.textContent = every?.checked ? out.dataset.every : ticked.toLocaleString("en");
    }
    const all = document.querySelector(".check-all");
    if (all) { all.checked = ticked > 0 && ticked === boxes.length; all.indeterminate = ticked > 0 && ticked < boxes.length; }
  };
  let lastTicked = null; /* the id of the row where a range begins */
  on("click", (event) => {
    const box = event.target;
    if (!box.matches?.(".row-check")) return;
    const boxes = checks();
    const [from, to] = [boxes.findIndex((other) => rowOf(other)?.id === lastTicked), boxes.indexOf(box)];
    if (event.shiftKey && from >= 0) boxes.slice(Math.min(from, to), Math.max(from, to)).forEach((other) => { other.checked = box.checked; });
    lastTicked = rowOf(box)?.id;
  });
  on("change", (event) => {
    const el = event.target;
    if (el.matches(".check-all") || (el.matches(".check-every") && el.checked)) checks().forEach((box) => { box.checked = el.checked; });
    if (el.matches(".row-check, .check-all, .check-every")) countChecks();
    if (el.matches(".dropzone > input")) {
      const zone = el.parentElement;
      zone.toggleAttribute("data-chosen", el.files.length > 0);
      if (el.files.length) zone.querySelector(".title").textContent = el.files[0].name;
    }
    if (el.matches(".stage-pill > select")) {
      const pill = el.parentElement;
      const use = pill.querySelector("use");
      pill.dataset.stage = el.value;
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#stage-${el.value}`));
    }
  });

  ["dragenter", "dragleave", "drop"].forEach((type) => on(type, (event) => {
    event.target.closest?.(".dropzone")?.toggleAttribute("data-over", type === "dragenter");
  }));

  /* ---------------------------------------------------------- keyboard */
  const typing = (el) => el.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio)$/.test(el.type));
  const shown = (el) => el.getClientRects().length > 0;
  const rowOf = (el) => el?.closest?.("[data-row]");
  let lastRow = null;
  on("focusin", (event) => { lastRow = rowOf(event.target)?.id ?? (document.getElementById(lastRow)?.isConnected ? lastRow : null); });

  const step = (by) => {
    const rows = [...document.querySelectorAll("[data-row]")].filter(shown);
    const at = rows.indexOf(rowOf(document.activeElement));
    const next = at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[at + by];
    next?.querySelector("a[href]")?.focus();
    next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const press = (key) => {
    const inRow = [...(rowOf(document.activeElement)?.querySelectorAll("[data-key]") ?? [])];
    const onPage = [...document.querySelectorAll("[data-key]")].filter((el) => !rowOf(el));
    const el = [...inRow, ...onPage].find((candidate) => candidate.dataset.key === key && !candidate.disabled);
    if (el?.matches("select")) choose(el); else el?.click();
    return Boolean(el);
  };
  const choose = (select) => { select.focus(); select.showPicker?.(); };
  let going = 0; /* when G was pressed */
  const go = (key) => {
    const link = Date.now() - going < 1500 && document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    going = 0;
    link?.click?.();
    return Boolean(link);
  };
  const keys = {
    "/": () => { const field = document.querySelector("[data-find]"); field?.focus(); field?.select(); return Boolean(field); },
    "?": () => { const dialog = document.getElementById("shortcuts-dialog"); dialog?.showModal(); return Boolean(dialog); },
    "j": () => { step(1); return true; },
    "k": () => { step(-1); return true; },
    "g": () => { going = Date.now(); return true; },
    "x": ({ shiftKey }) => {
      const box = rowOf(document.activeElement)?.querySelector(".row-check");
      box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
      return Boolean(box);
    },
    "Escape": () => {
      if (narrow.matches && sidebarIsOpen()) { setSidebar(false); return true; }
      document.querySelector(".bulkbar[data-float]:not([hidden]) [data-clear-checks]")?.click();
      return false;
    },
  };
  let inMenu = false; /* an open one is shut by its own Escape before the key arrives at the document */
  on("keydown", ({ target }) => { inMenu = Boolean(target.closest?.("[aria-expanded='true'], .dropdown-menu:has([aria-expanded='true'])")); }, true);
  on("keydown", (event) => {
    const button = event.key === "Enter" && !event.isComposing && document.getElementById(event.target.dataset?.enter);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  on("keydown", (event) => {
    const chord = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
    if (event.defaultPrevented || chord || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]") || inMenu) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (go(key) || press(key) || keys[key]?.(event)) event.preventDefault();
  });

  /* ------------------------------------------------------------ toasts */
  const SECONDS = { success: 6, info: 8, error: Infinity }; /* an error stays until it is dismissed */
  const timers = new Map();
  const toaster = () => document.getElementById("toaster");
  const closeToast = (toast) => {
    if (!toast?.isConnected) return;
    clearTimeout(timers.get(toast));
    timers.delete(toast);
    toast.setAttribute("aria-hidden", "true");
    toast.inert = true; /* its button cannot be reached while it fades */
    setTimeout(() => toast.remove(), 300);
  };
  const runToasts = () => {
    const box = toaster();
    if (!box || box.matches(":hover, :focus-within")) return;
    box.querySelectorAll(".toast:not([aria-hidden='true'])").forEach((toast) => {
      const seconds = SECONDS[toast.dataset.category] * (toast.querySelector("form") ? 2 : 1);
      if (!timers.has(toast) && Number.isFinite(seconds)) timers.set(toast, setTimeout(closeToast, seconds * 1000, toast));
    });
  };
  const overToast = (listener) => (event) => { if (event.target.closest?.("#toaster")) listener(); };
  const pauseToasts = overToast(() => { timers.forEach((timer) => clearTimeout(timer)); timers.clear(); });
  const resumeToasts = overToast(() => setTimeout(runToasts));
  on("mouseover", pauseToasts);
  on("focusin", pauseToasts);
  on("mouseout", resumeToasts);
  on("focusout", resumeToasts);
  const say = (sentence) => {
    if ([...toaster().querySelectorAll("strong")].some((said) => said.textContent === sentence)) return;
    const toast = document.getElementById("toast-template").content.cloneNode(true);
    toast.querySelector("strong").textContent = sentence;
    toaster().append(toast);
  };

  /* ------------------------------------------- what only a browser knows */
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const fillTimeZone = () => {
    document.querySelectorAll("input[data-time-zone]").forEach((field) => { field.value ||= ownZone; });
    document.querySelectorAll("[data-own-zone]").forEach((offer) => {
      offer.querySelector("span").textContent = ownZone;
      offer.parentElement.hidden = document.getElementById(offer.dataset.ownZone).value === ownZone;
    });
  };
  on("change", fillTimeZone);

  /* -------------------------------------------------------------- htmx */
  const FAILURES = {
    503: ["The database is busy or its disk is full.", "Nothing was saved; try again in a minute."],
    502: ["Galena is not answering.", "Try again in a moment."],
    504: ["Galena took too long to answer.", "Try again in a moment."],
  };
  const BROKEN = ["Something broke on our side.", "Try again in a moment."];
  const UNREACHED = ["Galena cannot be reached.", "Check your connection and try again."];
  const fail = ({ target }, [sentence, advice], delay) => {
    const meaning = target.closest?.("[data-failed]")?.dataset.failed ?? advice;
    if (meaning) setTimeout(say, delay, `${sentence} ${meaning}`);
  };
  on("htmx:response:error", (event) => {
    const { status } = event.detail.ctx.response;
    if (status >= 500) fail(event, FAILURES[status] ?? BROKEN, 0);
  });
  on("htmx:error", (event) => {
    const { ctx } = event.detail;
    if (ctx && !ctx.response) fail(event, UNREACHED, 400); /* later, because leaving the page fails its requests, too */
  });
  on("htmx:finally:request", ({ target }) => closeToast(target.closest?.(".toast")));
  const showCurrent = () => document.querySelectorAll(".subnav > [aria-current], .stage-path > [aria-current], #checked > .viewtabs > [aria-current]").forEach((el) => {
    const [row, own] = [el.parentElement, el.getBoundingClientRect()];
    const around = row.getBoundingClientRect();
    row.scrollLeft += own.left + own.width / 2 - around.left - around.width / 2;
  });
  const focusRefused = ({ response, sourceElement }) => {
    if (response?.status !== 422) return;
    const form = document.getElementById(sourceElement?.id) ?? document.querySelector("dialog[open]");
    form?.querySelector("[aria-invalid='true']")?.focus();
  };
  const peersOf = (form) => [...document.querySelectorAll(`form[data-peers="${form.dataset.peers}"]`)];
  const focusPeer = (at, form) => { /* what had the focus went: to what stands in its place now, else to the tab it stood under */
    if (at < 0 || (document.activeElement && document.activeElement !== document.body)) return;
    const peers = peersOf(form);
    const next = peers[Math.min(at, peers.length - 1)];
    (next?.querySelector("input:not([type=hidden]), button") ?? document.querySelector(".viewtabs > [aria-current]"))?.focus();
  };
  on("htmx:before:swap", ({ detail }) => { /* rows that are drawn anew stay ticked */
    const form = document.activeElement?.closest("form[data-peers]");
    detail.ctx.peer = form && [peersOf(form).indexOf(form), form];
    detail.ctx.ticked = detail.tasks.filter(({ target }) => target?.matches?.("[data-row]:has(.row-check:checked)")).map(({ target }) => target.id);
  });
  on("htmx:after:swap", ({ detail }) => {
    focusRefused(detail.ctx);
    if (detail.ctx.peer) focusPeer(...detail.ctx.peer);
    showCurrent();
    runToasts();
    (detail.ctx.ticked ?? []).forEach((id) => { const box = document.querySelector(`#${CSS.escape(id)} .row-check`); if (box) box.checked = true; });
    countChecks();
    fillTimeZone();
    if (lastRow && (document.activeElement === document.body || !document.activeElement)) document.getElementById(lastRow)?.querySelector("a[href]")?.focus();
  });

  /* A part that brings itself up to date leaves open what a reader opened. */
  const keepOpen = (shown, { newNode }) => { if (shown.matches?.("details:is(.as-table, .evidence, .exceptions)")) newNode.open = shown.open; };
  on("DOMContentLoaded", () => {
    htmx.registerExtension("keep-open", { htmx_before_morph_node: keepOpen });
    showCurrent();
    countChecks();
    fillTimeZone();
    runToasts();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) countChecks(); });
})();
