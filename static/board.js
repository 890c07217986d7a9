/* Dragging cards between the lanes of the board, by the browser's own drag and drop. Load it, deferred, on the board page.

   Markup it reads: .board[data-board] > .lane > ol[data-lane="stage"] > li[data-card], and in each card a
   form[data-move] with a field named stage: dropping the card in another lane, or pressing [ or ] on it, sets the field
   and submits the form. If the server refuses, the card goes back. What the keys did is said in #board-said.
   Listens on document, so lanes and cards swapped in by htmx need nothing. */
(() => {
  const on = (type, listener) => document.addEventListener(type, listener);
  const origin = new WeakMap(); /* form → [lane, next card] its card came from */
  const slot = document.createElement("li");
  slot.className = "drop-slot";
  slot.setAttribute("aria-hidden", "true");
  let card = null;

  const title = (list) => list.closest(".lane").querySelector("h2").textContent.trim();
  const move = (moved, list) => {
    const form = moved.querySelector("form[data-move]");
    origin.set(form, [moved.parentElement, moved.nextElementSibling]);
    list.prepend(moved);
    form.elements.stage.value = list.dataset.lane;
    form.requestSubmit();
  };

  const laneAt = (target) => card && target.closest?.("[data-board] .lane")?.querySelector("[data-lane]");
  const mark = (list) => {
    const elsewhere = list && list !== card.parentElement ? list : null;
    document.querySelectorAll(".lane[data-over]").forEach((lane) => lane.toggleAttribute("data-over", lane.contains(elsewhere)));
    if (!elsewhere) { slot.remove(); return; }
    elsewhere.closest(".lane").toggleAttribute("data-over", true);
    slot.textContent = `Move to ${title(elsewhere)}`;
    if (slot.parentElement !== elsewhere) elsewhere.prepend(slot);
  };

  on("dragstart", (event) => {
    card = event.target.closest?.("[data-board] [data-card]") ?? null;
    if (!card) return;
    const face = card.querySelector(".lead-card");
    const box = face.getBoundingClientRect();
    face.setAttribute("data-dragging", "");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.id);
    event.dataTransfer.setDragImage(face, event.clientX - box.x, event.clientY - box.y);
    requestAnimationFrame(() => { face.removeAttribute("data-dragging"); card?.setAttribute("data-lifted", ""); });
  });
  on("dragover", (event) => {
    if (!card) return;
    const list = laneAt(event.target);
    if (list) { event.preventDefault(); event.dataTransfer.dropEffect = "move"; }
    mark(list);
  });
  on("drop", (event) => {
    const list = laneAt(event.target);
    if (!list) return;
    event.preventDefault();
    mark(null);
    if (list !== card.parentElement) move(card, list);
  });
  on("dragend", () => {
    if (!card) return;
    mark(null);
    card.removeAttribute("data-lifted");
    card = null;
  });

  on("keydown", (event) => {
    const by = { "[": -1, "]": 1 }[event.key];
    if (!by || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const focused = event.target.closest("[data-board] [data-card]");
    if (!focused?.querySelector("form[data-move]")) return;
    const lists = [...focused.closest("[data-board]").querySelectorAll("[data-lane]")];
    const list = lists[lists.indexOf(focused.parentElement) + by];
    if (!list) return;
    event.preventDefault();
    move(focused, list);
    focused.querySelector("a[href]").focus();
    focused.scrollIntoView({ block: "nearest", inline: "nearest" });
    const said = document.getElementById("board-said");
    if (said) said.textContent = `Moved to ${title(list)}`;
  });

  const back = ({ target }) => {
    const place = origin.get(target);
    if (!place || !target.isConnected) return;
    const [list, before] = place;
    list.insertBefore(target.closest("[data-card]"), before?.parentElement === list ? before : null);
  };
  on("htmx:response:error", back);
  on("htmx:error", back);
})();
