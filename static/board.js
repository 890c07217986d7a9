/* Moving cards between the lanes of the board: dragged by mouse (the browser's own drag and drop), dragged by finger
   after a long press, or with [ and ] on the card in focus. Load it, deferred, on the board page.

   Markup it reads: .board[data-board] > .lane > ol[data-lane="stage"] > li[data-card], and in each card a
   form[data-move] with a field named stage, which a move sets and submits. If the server refuses, the card goes back.
   Listens on document, so lanes and cards swapped in by htmx need nothing. */
(() => {
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const origin = new WeakMap(); /* form → [lane, next card] its card came from */
  const slot = document.createElement("li");
  slot.className = "drop-slot";
  slot.setAttribute("aria-hidden", "true");
  let card = null;

  const cardAt = (target) => target.closest?.("[data-board] [data-card]") ?? null;
  const laneAt = (target) => card && target?.closest?.("[data-board] .lane")?.querySelector("[data-lane]");
  const mark = (list) => {
    const elsewhere = list && list !== card.parentElement ? list : null;
    document.querySelectorAll(".lane[data-over]").forEach((lane) => lane.toggleAttribute("data-over", lane.contains(elsewhere)));
    if (!elsewhere) { slot.remove(); return; }
    const lane = elsewhere.closest(".lane");
    lane.toggleAttribute("data-over", true);
    slot.textContent = `Move to ${lane.querySelector("h2").textContent.trim()}`;
    if (slot.parentElement !== elsewhere) elsewhere.prepend(slot);
  };
  const send = (form, stage) => { form.elements.stage.value = stage; form.requestSubmit(); };
  const drop = (list) => {
    mark(null);
    if (!list || list === card.parentElement) return;
    const form = card.querySelector("form[data-move]");
    origin.set(form, [card.parentElement, card.nextElementSibling]);
    list.prepend(card);
    send(form, list.dataset.lane);
  };
  const release = () => {
    mark(null);
    card?.removeAttribute("data-lifted");
    card = null;
  };

  /* ------------------------------------------------------------- mouse */
  on("dragstart", (event) => {
    card = cardAt(event.target);
    if (!card) return;
    const face = card.querySelector(".lead-card");
    const box = face.getBoundingClientRect();
    face.setAttribute("data-dragging", "");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.name);
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
    drop(list);
  });
  on("dragend", release);

  /* ------------------------------------------------------------- touch */
  const PRESS = 300, SLOP = 8, EDGE = 48, SPEED = 14; /* ms, px, px, px a frame */
  let press = null; /* {timer, x, y, ghost, dx, dy} from touchstart to touchend */

  const lift = (found) => {
    card = found;
    const face = card.querySelector(".lead-card");
    const box = face.getBoundingClientRect();
    const ghost = face.cloneNode(true);
    ghost.className = "lead-card drag-ghost";
    ghost.setAttribute("data-dragging", "");
    ghost.setAttribute("aria-hidden", "true");
    ghost.inert = true;
    ghost.style.inlineSize = `${box.width}px`;
    document.body.append(ghost);
    Object.assign(press, { ghost, dx: press.x - box.x, dy: press.y - box.y });
    card.setAttribute("data-lifted", "");
    document.querySelector("[data-board]").setAttribute("data-dragging", "");
    follow();
  };
  const follow = () => {
    if (!press?.ghost) return;
    press.ghost.style.translate = `${press.x - press.dx}px ${press.y - press.dy}px`;
    const board = document.querySelector("[data-board]");
    if (press.x < EDGE) board.scrollLeft -= SPEED;
    else if (press.x > innerWidth - EDGE) board.scrollLeft += SPEED;
    mark(laneAt(document.elementFromPoint(press.x, press.y)));
    requestAnimationFrame(follow);
  };
  const letGo = () => {
    clearTimeout(press?.timer);
    press?.ghost?.remove();
    press = null;
    document.querySelector("[data-board]")?.removeAttribute("data-dragging");
    release();
  };
  on("touchstart", (event) => {
    if (press) letGo();
    const found = event.touches.length === 1 && !event.target.closest("select, button, input") && cardAt(event.target);
    if (!found) return;
    const { clientX: x, clientY: y } = event.touches[0];
    press = { x, y, timer: setTimeout(lift, PRESS, found) };
  }, { passive: true });
  on("touchmove", (event) => {
    if (!press) return;
    const { clientX: x, clientY: y } = event.touches[0];
    if (!press.ghost) { if (Math.hypot(x - press.x, y - press.y) > SLOP) letGo(); return; }
    event.preventDefault(); /* the page stays still under a lifted card */
    Object.assign(press, { x, y });
  }, { passive: false });
  on("touchend", (event) => {
    if (press?.ghost) { event.preventDefault(); drop(laneAt(document.elementFromPoint(press.x, press.y))); }
    if (press) letGo();
  }, { passive: false });
  on("touchcancel", letGo);
  on("contextmenu", (event) => { if (press) event.preventDefault(); });

  /* ---------------------------------------------------------- keyboard */
  on("keydown", (event) => {
    const by = { "[": -1, "]": 1 }[event.key]; /* needs AltGr on many keyboards, so modifiers do not matter */
    const found = by && !document.querySelector("dialog[open]") && !event.target.closest("input, select, textarea") && cardAt(event.target);
    const form = found && found.querySelector("form[data-move]");
    const option = form && form.elements.stage.options[form.elements.stage.selectedIndex + by];
    if (!option) return;
    event.preventDefault();
    send(form, option.value);
  });

  /* ----------------------------------------------------------- refusal */
  const back = ({ target }) => {
    if (!target.matches?.("form[data-move]") || !target.isConnected) return;
    target.reset();
    const place = origin.get(target);
    if (!place) return;
    const [list, before] = place;
    list.insertBefore(target.closest("[data-card]"), before?.parentElement === list ? before : null);
  };
  on("htmx:response:error", back);
  on("htmx:error", back);
})();
