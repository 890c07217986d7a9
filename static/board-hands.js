/* The board by hand. Dragging: by mouse with the browser's own drag and drop, by finger after a long press. Keys: [ ] move the
   card in focus, S chooses its stage, A its owner, E writes to it, arrows go from card to card. A choice is sent to the card as
   the event board:move or board:assign; see board.js, also for the markup. Besides it: a link a[data-menu] in each card,
   #card-menu with items [data-to], [data-assign], [data-mail], and #owner-menu, whose items [data-owner] come on the event
   "need". Who may not write has no menus and no #board[data-board], and only looks. */
(() => {
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const byId = (id) => document.getElementById(id);
  const isCard = (element) => Boolean(element?.matches?.("[data-card]"));
  const linkOf = (card) => card.querySelector("h3 a");
  const stageOf = (card) => card.parentElement.dataset.lane;
  const lanes = () => [...document.querySelectorAll("#board [data-lane]")];
  const tell = (card, type, detail) => card.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));

  /* ----------------------------------------------------------------- mouse */
  const board = () => document.querySelector("[data-board]");
  const cardAt = (target) => target?.closest?.("[data-board] [data-card]") ?? null;
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
    if (list && list !== dragged.parentElement) tell(dragged, "board:move", { stage: list.dataset.lane });
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
    event.dataTransfer.setData("text/plain", linkOf(dragged).textContent);
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

  /* ----------------------------------------------------------------- menus */
  const GAP = 4; /* px between a menu and what it stands beside */
  let chosen = null; /* id of the card that the open menu is about */

  const itemsOf = (menu) => [...menu.querySelectorAll("[role^='menuitem']")];
  const open = (menu, card) => {
    chosen = card.id;
    menu.showPopover();
    const beside = (card.querySelector("[data-menu]") ?? card).getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const below = beside.bottom + GAP + height <= innerHeight ? beside.bottom + GAP : Math.max(GAP, beside.top - GAP - height);
    menu.style.insetBlockStart = `${below}px`;
    menu.style.insetInlineStart = `${Math.max(GAP, Math.min(beside.right - width, innerWidth - width - GAP))}px`;
    const items = itemsOf(menu);
    (items.find((item) => item.getAttribute("aria-checked") === "true") ?? items[0])?.focus();
  };
  const openStages = (card) => {
    const menu = byId("card-menu");
    menu.querySelectorAll("[data-to]").forEach((item) => item.setAttribute("aria-checked", String(item.dataset.to === stageOf(card))));
    menu.querySelector("[data-mail]").href = mailAddress(card);
    open(menu, card);
  };
  const openOwners = (card) => {
    const menu = byId("owner-menu");
    if (!menu.childElementCount) { chosen = card.id; htmx.trigger(menu, "need"); return; } /* opened once it is here */
    const owner = card.querySelector(".avatar")?.getAttribute("aria-label") ?? "Nobody";
    itemsOf(menu).forEach((item) => item.setAttribute("aria-checked", String((item.querySelector(".truncate") ?? item).textContent.trim() === owner)));
    open(menu, card);
  };
  const mailAddress = (card) => {
    const link = new URL(linkOf(card).href);
    link.searchParams.set("compose", "mail");
    link.hash = "composer";
    return link.href;
  };
  on("htmx:after:swap", ({ detail }) => {
    const card = detail.ctx.sourceElement?.id === "owner-menu" && byId(chosen);
    if (card) openOwners(card);
  });
  on("click", (event) => {
    const link = event.target.closest("[data-menu]"), card = link?.closest("[data-card]");
    if (card && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); openStages(card); return; }
    const item = event.target.closest(".card-choices [role^='menuitem']"), about = item && byId(chosen);
    if (!item || item.matches("a")) return;
    item.closest("[popover]").hidePopover();
    if (!about) return;
    linkOf(about).focus();
    if ("assign" in item.dataset) openOwners(about);
    else if ("to" in item.dataset) tell(about, "board:move", { stage: item.dataset.to });
    else tell(about, "board:assign", { owner: item.dataset.owner });
  });
  on("keydown", (event) => { /* before the page's own shortcuts */
    const menu = event.target.closest?.(".card-choices");
    if (!menu) return;
    event.stopPropagation();
    const items = itemsOf(menu), here = items.indexOf(event.target);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) { event.preventDefault(); items[to % items.length].focus(); }
    if (event.key === "Tab") menu.hidePopover();
  }, true);

  /* -------------------------------------------------------------- keyboard */
  const beside = (card, by) => {
    const lists = lanes(), number = [...card.parentElement.children].indexOf(card);
    for (let at = lists.indexOf(card.parentElement) + by; lists[at]; at += by) {
      const cards = [...lists[at].children].filter(isCard);
      if (cards.length) return cards[Math.min(number, cards.length - 1)];
    }
    return null;
  };
  const go = (card) => {
    if (!isCard(card)) return false;
    linkOf(card).focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    return true;
  };
  const move = (card, by) => {
    const stages = lanes().map((list) => list.dataset.lane), stage = stages[stages.indexOf(stageOf(card)) + by];
    if (stage) tell(card, "board:move", { stage });
    return go(card);
  };
  const looks = {
    ArrowLeft: (card) => go(beside(card, -1)),
    ArrowRight: (card) => go(beside(card, 1)),
    ArrowUp: (card) => go(card.previousElementSibling),
    ArrowDown: (card) => go(card.nextElementSibling),
  };
  const works = {
    "[": (card) => move(card, -1),
    "]": (card) => move(card, 1),
    s: (card) => { openStages(card); return true; },
    a: (card) => { openOwners(card); return true; },
    e: (card) => { location.assign(mailAddress(card)); return true; },
  };
  on("keydown", (event) => {
    const chord = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph"); /* [ and ] need AltGr on many keyboards */
    const card = event.target.closest?.("#board [data-card]");
    if (!card || chord || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = looks[key] ?? (byId("card-menu") ? works[key] : null);
    if (act?.(card)) event.preventDefault();
  });
})();
