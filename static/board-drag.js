/* Dragging cards of the board: by mouse with the browser's own drag and drop, by finger after a long press. A card that is
   dropped in another lane gets the event board:move. See board.js for the markup. */
(() => {
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const board = () => document.querySelector("[data-board]");
  const cardAt = (target) => target?.closest?.("[data-board] [data-card]") ?? null;

  /* ----------------------------------------------------------------- mouse */
  const slot = document.createElement("li");
  slot.className = "drop-slot";
  slot.setAttribute("aria-hidden", "true");
  let dragged = null;

  const laneAt = (target) => dragged && target?.closest?.("[data-board] .lane")?.querySelector("[data-lane]");
  const over = (list) => {
    const elsewhere = list && list !== dragged.parentElement ? list : null;
    document.querySelectorAll(".lane[data-over]").forEach((lane) => lane.toggleAttribute("data-over", lane.contains(elsewhere)));
    if (!elsewhere) { slot.remove(); return; }
    elsewhere.closest(".lane").toggleAttribute("data-over", true);
    slot.textContent = `Move to ${elsewhere.closest(".lane").querySelector("h2").textContent.trim()}`;
    if (slot.parentElement !== elsewhere) elsewhere.prepend(slot);
  };
  const drop = (list) => {
    over(null);
    if (list && list !== dragged.parentElement) dragged.dispatchEvent(new CustomEvent("board:move", { bubbles: true, detail: { stage: list.dataset.lane } }));
  };
  const release = () => {
    if (dragged) over(null);
    dragged?.removeAttribute("data-lifted");
    dragged = null;
  };
  on("dragstart", (event) => {
    dragged = cardAt(event.target);
    if (!dragged) return;
    const face = dragged.querySelector(".lead-card");
    const box = face.getBoundingClientRect();
    face.setAttribute("data-dragging", "");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.name);
    event.dataTransfer.setDragImage(face, event.clientX - box.x, event.clientY - box.y);
    requestAnimationFrame(() => { face.removeAttribute("data-dragging"); dragged?.setAttribute("data-lifted", ""); });
  });
  on("dragover", (event) => {
    if (!dragged) return;
    const list = laneAt(event.target);
    if (list) { event.preventDefault(); event.dataTransfer.dropEffect = "move"; }
    over(list);
  });
  on("drop", (event) => {
    const list = laneAt(event.target);
    if (!list) return;
    event.preventDefault();
    drop(list);
  });
  on("dragend", release);

  /* ---------------------------------------------------------------- finger */
  const PRESS = 300, SLOP = 8, EDGE = 48, SPEED = 14; /* ms, px, px, px a frame */
  let press = null; /* {timer, x, y, ghost, dx, dy} from touchstart to touchend */

  const lift = (card) => {
    dragged = card;
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
    board().setAttribute("data-dragging", "");
    follow();
  };
  const follow = () => {
    if (!press?.ghost) return;
    press.ghost.style.translate = `${press.x - press.dx}px ${press.y - press.dy}px`;
    if (press.x < EDGE) board().scrollLeft -= SPEED;
    else if (press.x > innerWidth - EDGE) board().scrollLeft += SPEED;
    over(laneAt(document.elementFromPoint(press.x, press.y)));
    requestAnimationFrame(follow);
  };
  const letGo = () => {
    clearTimeout(press?.timer);
    press?.ghost?.remove();
    press = null;
    board()?.removeAttribute("data-dragging");
    release();
  };
  on("touchstart", (event) => {
    if (press) letGo();
    const card = event.touches.length === 1 && !event.target.closest("[data-menu], button, input") && cardAt(event.target);
    if (!card) return;
    const { clientX: x, clientY: y } = event.touches[0];
    press = { x, y, timer: setTimeout(lift, PRESS, card) };
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
})();
