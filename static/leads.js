/* The lead's own page: Ctrl+Enter adds the note, Escape leaves a field as it was. Listens on document, so parts swapped
   in by htmx need nothing.

   Markup it reads: textarea[data-submit], .edit-form with a link [data-cancel] */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const field = event.target.closest?.("textarea[data-submit]");
    if (field && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
    }
    const form = event.key === "Escape" && event.target.closest?.(".edit-form");
    if (form) {
      event.preventDefault();
      form.querySelector("[data-cancel]").click();
    }
  });
})();
