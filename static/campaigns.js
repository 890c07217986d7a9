/* The campaign editor: insert a field where the cursor was, change a field's fallback in the text. Delegated from document,
   so parts swapped in by htmx work without set-up.

   data-merge          the subject and the message
   data-insert="{{x}}" a button that puts the tag where the cursor was
   data-problem="x"    what is wrong at the field x, if anything; saving fills it
   data-fallback="x"   a field (read only without this script) with what {{x}} says when it is empty */
(() => {
  let last = null;
  const texts = () => [...document.querySelectorAll("[data-merge]")];
  const changed = (el) => el.dispatchEvent(new Event("input", { bubbles: true }));
  const unlock = () => document.querySelectorAll("[data-fallback]").forEach((el) => { el.readOnly = false; });

  const mark = () => document.querySelectorAll("[data-problem]").forEach((problem) => {
    const field = document.getElementById(problem.dataset.problem);
    if (problem.childElementCount) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  });

  document.addEventListener("focusin", ({ target }) => { if (target.matches("[data-merge]")) last = target; });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-insert]");
    if (!button) return;
    const text = last?.isConnected ? last : document.getElementById("body");
    text.setRangeText(button.dataset.insert, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    changed(text);
  });

  document.addEventListener("input", (event) => {
    const { fallback } = event.target.dataset;
    if (fallback === undefined) return;
    event.stopPropagation();
    const value = event.target.value.replace(/[{}|]/g, "");
    const tag = new RegExp(`\\{\\{\\s*${fallback}\\s*(\\|[^{}]*)?\\}\\}`, "g");
    texts().forEach((text) => {
      const written = text.value.replace(tag, () => `{{${fallback}${value ? `|${value}` : ""}}}`);
      if (written === text.value) return;
      text.value = written;
      changed(text);
    });
  }, true);

  const ready = () => { unlock(); mark(); };
  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("htmx:after:swap", ready);
})();
