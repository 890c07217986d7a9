/* The campaign editor. Delegated from document, so parts swapped in by htmx work without set-up.

   data-merge              the subject, the preview text and the message
   data-insert="{{x}}"     a button that puts this where the cursor was
   data-around, data-after a button that puts these before and after what is selected
   data-keep="dialog"      a button that opens a dialog whose textarea gets what is selected
   data-problem="x"        what is wrong at the field x, if anything; saving fills it
   data-fallback="x"       a field (read only without this script) with what {{x}} says when it is empty
   data-counted="id"       a field whose length stands in that element
   data-rich               a textarea that Trix edits: its HTML stays in the textarea
   data-preview="phone"    a button that shows the preview as wide as this
   data-uploads="id"       a file field that presses that button when a file is chosen
   data-place              a step of the sequence: dragged, or moved by Alt and an arrow */
(() => {
  const on = (type, listener, capture) => document.addEventListener(type, listener, capture);
  let last = null;
  let brace = null; /* the field in which { opened the menu of fields */
  let width = "desktop";
  const texts = () => [...document.querySelectorAll("[data-merge]")];
  const changed = (el) => el.dispatchEvent(new Event("input", { bubbles: true }));
  const unlock = () => document.querySelectorAll("[data-fallback]").forEach((el) => { el.readOnly = false; });
  const trixOf = (el) => (el.tagName === "TRIX-EDITOR" ? el : document.querySelector(`trix-editor[input="${el.id}"]`));
  const target = () => {
    const text = last?.isConnected ? last : document.getElementById("body");
    return trixOf(text) ?? text;
  };

  /* ------------------------------------------------------------ writing */
  const put = (before, after = "") => {
    const text = target();
    if (text.editor) {
      const [from, to] = text.editor.getSelectedRange();
      const selected = text.editor.getDocument().getStringAtRange([from, to]);
      text.editor.insertString(before + selected + after);
    } else {
      const { selectionStart: from, selectionEnd: to, value } = text;
      text.setRangeText(before + value.slice(from, to) + after, from, to, "end");
      if (after) text.setSelectionRange(from + before.length + (to - from), from + before.length + (to - from));
      changed(text);
    }
    text.focus();
  };
  const selection = () => {
    const text = target();
    if (text.editor) return text.editor.getDocument().getStringAtRange(text.editor.getSelectedRange()).trim();
    return text.value.slice(text.selectionStart, text.selectionEnd) || text.value;
  };
  const eatBrace = () => {
    if (!brace) return;
    const text = brace;
    brace = null;
    if (text.editor) {
      const [, to] = text.editor.getSelectedRange();
      if (text.editor.getDocument().getStringAtRange([to - 1, to]) === "{") { text.editor.setSelectedRange([to - 1, to]); text.editor.deleteInDirection("backward"); }
    } else if (text.value[text.selectionStart - 1] === "{") {
      text.setRangeText("", text.selectionStart - 1, text.selectionStart, "end");
    }
  };

  on("focusin", ({ target: el }) => { if (el.matches("[data-merge], trix-editor")) last = el; });
  on("click", (event) => {
    const button = event.target.closest("[data-insert], [data-around], [data-keep]");
    if (!button) return;
    if (button.dataset.keep) {
      const dialog = document.getElementById(button.dataset.keep);
      dialog.querySelector("textarea").value = selection();
      dialog.showModal();
      dialog.querySelector("input:not([type=hidden])")?.focus();
      return;
    }
    eatBrace();
    put(button.dataset.insert ?? button.dataset.around, button.dataset.after);
  });

  /* { opens the menu of fields; whatever else is typed then goes into the text */
  const offerFields = (el) => {
    const before = el.editor ? el.editor.getDocument().getStringAtRange([0, el.editor.getSelectedRange()[0]]) : el.value.slice(0, el.selectionStart);
    const trigger = document.getElementById("insert-field-trigger");
    if (!before.endsWith("{") || before.endsWith("{{") || !trigger) return;
    last = brace = el;
    trigger.focus();
    trigger.click();
  };
  on("input", ({ target: el, data }) => { if (data === "{" && el.matches("[data-merge]")) offerFields(el); });
  on("beforeinput", ({ target: el, data }) => { /* Trix writes by itself, so no input follows */
    const editor = data === "{" && el.closest?.("trix-editor");
    if (editor) setTimeout(offerFields, 0, editor);
  }, true);
  on("keydown", (event) => {
    if (!brace || event.isComposing || /^(Arrow|Enter|Tab|Shift|Control|Alt|Meta|Home|End)/.test(event.key)) return;
    if (!event.target.closest("#insert-field")) { brace = null; return; }
    const text = brace;
    brace = null;
    if (event.key === " ") return;
    event.preventDefault();
    event.stopPropagation();
    const trigger = document.getElementById("insert-field-trigger");
    if (trigger.getAttribute("aria-expanded") === "true") trigger.click();
    text.focus();
    if (event.key.length === 1) { last = text; put(event.key); }
  }, true);

  on("input", (event) => {
    const { fallback, counted } = event.target.dataset;
    if (counted) document.getElementById(counted).textContent = event.target.value.length || "";
    if (fallback === undefined) return;
    event.stopPropagation();
    const value = event.target.value.replace(/[{}|<>]/g, "");
    const tag = new RegExp(`\\{\\{\\s*${fallback}\\s*(\\|[^{}]*)?\\}\\}`, "g");
    texts().forEach((text) => {
      const said = text.dataset.rich === undefined ? value : value.replace(/&/g, "&amp;");
      const written = text.value.replace(tag, () => `{{${fallback}${said ? `|${said}` : ""}}}`);
      if (written === text.value) return;
      text.value = written;
      trixOf(text)?.editor?.loadHTML(written);
      changed(text);
    });
  }, true);

  /* ---------------------------------------------------------- formatted */
  const startRich = () => document.querySelectorAll("textarea[data-rich]:not([hidden])").forEach((text) => {
    if (!window.Trix) return;
    Trix.config.blockAttributes.default.tagName = "p";
    Trix.config.blockAttributes.default.breakOnReturn = true;
    const editor = document.createElement("trix-editor");
    editor.setAttribute("input", text.id);
    editor.setAttribute("toolbar", "rich-toolbar");
    editor.className = "editor";
    for (const name of ["aria-label", "aria-describedby", "aria-invalid", "placeholder"]) {
      if (text.hasAttribute(name)) editor.setAttribute(name, text.getAttribute(name));
    }
    text.hidden = true;
    text.after(editor);
  });
  on("trix-file-accept", (event) => event.preventDefault());
  let begun = null;
  on("trix-initialize", () => { begun = setTimeout(() => { begun = true; }); });
  on("trix-change", ({ target: editor }) => { if (begun === true) changed(document.getElementById(editor.getAttribute("input"))); });

  /* ----------------------------------------------------------- sequence */
  const moved = (place, to) => {
    const button = place.querySelector("[id^='move-up-'], [id^='move-down-']");
    if (!button) return;
    button.value = `${place.dataset.step}:${to}`;
    button.click();
  };
  let dragged = null;
  on("dragstart", (event) => {
    dragged = event.target.closest?.("[data-place]");
    if (dragged) { event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", dragged.dataset.step); }
  });
  on("dragover", (event) => {
    const place = dragged && event.target.closest?.("[data-place][draggable]");
    if (place) event.preventDefault();
    document.querySelectorAll("[data-over]").forEach((el) => el.toggleAttribute("data-over", el === place));
    place?.toggleAttribute("data-over", place !== dragged);
  });
  on("drop", (event) => {
    const place = dragged && event.target.closest?.("[data-place][draggable]");
    if (place && place !== dragged) { event.preventDefault(); moved(dragged, place.dataset.place); }
  });
  on("dragend", () => { dragged = null; document.querySelectorAll("[data-over]").forEach((el) => el.removeAttribute("data-over")); });
  on("keydown", (event) => {
    const by = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const place = by && event.target.closest(".sequence [data-place][draggable]");
    if (!place) return;
    event.preventDefault();
    moved(place, Math.max(1, Number(place.dataset.place) + by));
  });
  on("click", (event) => { if (event.target.closest(".moves [aria-disabled=true]") && event.isTrusted) event.preventDefault(); }, true);

  /* ------------------------------------------------------ preview, files */
  const showWidth = () => {
    document.querySelector("#preview .mail-frame")?.setAttribute("data-width", width);
    document.querySelectorAll("[data-preview]").forEach((el) => el.setAttribute("aria-pressed", String(el.dataset.preview === width)));
  };
  on("click", ({ target: el }) => {
    const button = el.closest("[data-preview]");
    if (!button) return;
    width = button.dataset.preview;
    showWidth();
  });
  on("change", ({ target: el }) => { if (el.dataset.uploads && el.files.length) document.getElementById(el.dataset.uploads).click(); });

  const mark = () => document.querySelectorAll("[data-problem]").forEach((problem) => {
    const field = document.getElementById(problem.dataset.problem);
    if (!field) return;
    if (problem.childElementCount) for (let el = problem.closest("details"); el; el = el.parentElement.closest("details")) el.open = true;
    for (const el of [field, trixOf(field)]) {
      if (problem.childElementCount) el?.setAttribute("aria-invalid", "true");
      else el?.removeAttribute("aria-invalid");
    }
  });
  const ready = () => { unlock(); mark(); showWidth(); };
  on("DOMContentLoaded", () => { startRich(); ready(); });
  on("htmx:after:swap", ready);
})();
