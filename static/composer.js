/* Where a mail is written, in the inbox and for a first mail to a lead. Listens on document, once, so forms swapped in by
   htmx need nothing.

   Markup it reads:
   form[data-composer="address"]          what is typed in it is kept there, also when the page is left before it was
   textarea[data-send]                    Ctrl+Enter sends its form
   button[data-puts="text"][data-into=id] puts the text where the cursor is in that field
   button[data-fills=id][data-with=text]  fills that field
   input[data-presses=id]                 a file field that presses that button when files are chosen */
window.galenaComposer ??= (() => {
  const on = (type, listener) => document.addEventListener(type, listener);
  const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

  on("keydown", (event) => {
    const chord = (event.ctrlKey || event.metaKey) && !event.isComposing && !event.repeat;
    if (event.key !== "Enter" || !chord || !event.target.matches?.("textarea[data-send]")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  on("click", (event) => {
    const button = event.target.closest("[data-puts], [data-fills]");
    if (!button) return;
    const field = document.getElementById(button.dataset.into ?? button.dataset.fills);
    if (button.dataset.fills) field.value = button.dataset.with;
    else field.setRangeText(button.dataset.puts, field.selectionStart, field.selectionEnd, "end");
    changed(field);
    field.focus();
  });

  let unkept = null; /* the form in which something was typed since it was kept */
  on("input", ({ target }) => { unkept = target.closest?.("form[data-composer]") ?? unkept; });
  on("htmx:finally:request", ({ target, detail }) => {
    if (detail.ctx?.response?.status < 400 && unkept && (unkept === target || unkept.contains(target))) unkept = null;
  });
  addEventListener("pagehide", () => {
    if (unkept?.isConnected) navigator.sendBeacon(unkept.dataset.composer, new URLSearchParams(new FormData(unkept)));
  });

  on("change", ({ target }) => {
    if (target.dataset?.presses && target.files.length) document.getElementById(target.dataset.presses).click();
  });
  return true;
})();
