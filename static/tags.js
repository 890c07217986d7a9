/* The chooser of tags on a lead's page: opening it goes to its field, arrows walk through what it offers, Escape closes it.
   Listens on document, so parts swapped in by htmx need nothing.

   Markup it reads: details.tag-add > form.tag-chooser with an input and buttons in #tag-choices */
(() => {
  const chooserOf = (el) => el.closest?.(".tag-add[open]");
  document.addEventListener("toggle", ({ target }) => {
    const field = target.matches?.(".tag-add[open]") && target.querySelector("input:not([type=hidden])");
    if (field) requestAnimationFrame(() => requestAnimationFrame(() => { if (target.open) field.focus(); })); /* laid out, and not closed meanwhile */
  }, true);
  document.addEventListener("click", ({ target }) => {
    document.querySelectorAll(".tag-add[open]").forEach((one) => { if (target.isConnected && !one.contains(target)) one.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    const chooser = chooserOf(event.target);
    if (!chooser || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      chooser.open = false;
      chooser.querySelector("summary").focus();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [chooser.querySelector("input:not([type=hidden])"), ...chooser.querySelectorAll("#tag-choices button")];
    const at = stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    stops[Math.min(Math.max(at, 0), stops.length - 1)].focus();
  });
})();
