/* The command palette: Ctrl K or the Search field of the sidebar opens it over any page. The server finds what it shows
   (templates/palette); here are the keyboard, and which leads this browser opened last: their ids, never their names.

   Markup it reads: #palette with its form, [role=option]s in it, [data-said]; [data-palette] opens it */
(() => {
  const KEY = "galena-recent-leads";
  const KEPT = 20;
  const palette = document.getElementById("palette");
  if (!palette) return;
  const form = palette.querySelector("form");
  const field = form.elements.q;
  const options = () => [...palette.querySelectorAll("[role=option]")];
  const active = () => palette.querySelector("[role=option][aria-selected=true]");
  let waiting = false; /* for the answer to what was typed last */
  let entered = false; /* Enter was pressed meanwhile */

  /* ------------------------------------------------------ recent leads */
  const recent = () => {
    try { return JSON.parse(localStorage.getItem(KEY)).filter(Number.isInteger); } catch { return []; }
  };
  const opened = Number(/^\/leads\/(\d+)$/.exec(location.pathname)?.[1]);
  if (opened) {
    try { localStorage.setItem(KEY, JSON.stringify([opened, ...recent().filter((id) => id !== opened)].slice(0, KEPT))); } catch { /* nothing is remembered then */ }
  }

  /* ------------------------------------------------- opening and moving */
  const open = () => {
    if (palette.open || document.querySelector("dialog[open]")) return;
    field.value = "";
    form.elements.recent.value = recent().filter((id) => id !== opened).join(",");
    waiting = true;
    entered = false;
    palette.showModal();
    field.focus();
    form.dispatchEvent(new CustomEvent("opened"));
  };
  const select = (option) => {
    active()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
  };
  const move = (by) => {
    const all = options();
    if (all.length) select(all[(all.indexOf(active()) + by + all.length) % all.length]);
  };
  const choose = (apart) => {
    const option = active();
    if (option?.href && apart) window.open(option.href, "_blank", "noopener");
    else option?.click();
  };

  field.addEventListener("input", () => { waiting = true; entered = false; });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      if (waiting) entered = true; else choose(event.ctrlKey || event.metaKey);
    }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); });
  palette.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== active()) select(option);
  });
  palette.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (event.target === palette || (option && !event.ctrlKey && !event.metaKey)) palette.close();
  });
  palette.addEventListener("close", () => { entered = false; });
  document.addEventListener("htmx:after:swap", () => {
    const said = palette.querySelector("[data-said]");
    if (!palette.open || !said || said.dataset.said === "heard") return;
    said.dataset.said = "heard";
    waiting = said.dataset.text !== field.value.trim();
    field.setAttribute("aria-expanded", String(options().length > 0));
    document.getElementById("palette-said").textContent = said.textContent;
    select(options()[0]);
    if (entered && !waiting) choose(false);
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (palette.open) palette.close(); else open();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) palette.close(); });
})();
