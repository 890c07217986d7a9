/* The board: where cards are, moves and the answers to them, and what others do meanwhile. Load it, deferred, on the board
   page, with board-hands.js, which sends the events board:move ({stage}) and board:assign ({owner}) to a card.

   Markup it reads: #board[data-board=base address][data-query] > .lane > ol[data-lane=stage] > li[data-card][data-stage];
   #board-live, which asks what changed on the event "look"; #board-news, where answers put cards, each in a
   div[data-place=stage][data-after=id], or div[data-gone=id of a card].
   A card is shown where it is wanted at once; if the server refuses or cannot be reached, it goes back.
   Listens on document, so lanes and cards swapped in by htmx need nothing. */
(() => {
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const byId = (id) => document.getElementById(id);
  const cardAt = (target) => target?.closest?.("#board [data-card]") ?? null;
  const isCard = (element) => Boolean(element?.matches?.("[data-card]"));
  const listOf = (stage) => document.querySelector(`[data-lane="${stage}"]`);
  const labelOf = (stage) => listOf(stage).closest(".lane").querySelector("h2").textContent.trim();
  const linkOf = (card) => card?.querySelector("h3 a");

  /* ------------------------------------------------- where a card is put */
  const keepFocus = (change) => { /* moving a card in the page takes the focus from it */
    const id = cardAt(document.activeElement)?.id;
    change();
    const card = id && byId(id);
    if (card && !card.contains(document.activeElement)) linkOf(card).focus({ preventScroll: true });
  };
  const put = (card, list, before = list.firstElementChild) => keepFocus(() => list.insertBefore(card, before === card ? card.nextElementSibling : before));

  /* ---------------------------------------------------------------- moves */
  const moves = new Map(); /* card id → the stage it is wanted in, while a request about it is under way */
  const origins = new Map(); /* card id → [lane, next card] where it was before */
  let turns = 0; /* counts requests begun and ended: what was asked before one says nothing of after it */

  const move = (card, stage) => {
    const list = card.parentElement;
    if (list.dataset.lane === stage) return;
    const waiting = moves.has(card.id);
    if (!waiting) origins.set(card.id, [list, card.nextElementSibling]);
    put(card, listOf(stage));
    moves.set(card.id, stage); /* while one is under way, the next waits for its answer: nothing pressed is lost */
    if (!waiting) sendMove(card);
  };
  const send = async (card, path, values, meaning) => {
    const { board: base, query } = byId("board").dataset;
    card.dataset.failed = meaning;
    turns += 1;
    await htmx.ajax("POST", `${base}/${idOf(card)}/${path}${query}`, { source: card, swap: "none", values });
    turns += 1;
  };
  const sendMove = async (card) => {
    const { id, dataset: { stage: was } } = card, asked = moves.get(id);
    await send(card, "move", { stage: asked, was }, `The lead stays in ${labelOf(was)}.`);
    const now = byId(id), wanted = moves.get(id);
    if (now && wanted && now.dataset.stage !== wanted) sendMove(now);
    else moves.delete(id);
  };
  const putBack = (card) => {
    moves.delete(card.id);
    const [list, before] = origins.get(card.id) ?? [];
    if (list?.isConnected && card.parentElement !== list) put(card, list, before?.parentElement === list ? before : list.firstElementChild);
  };
  on("board:move", ({ target, detail }) => move(target, detail.stage));
  on("board:assign", ({ target, detail }) => send(target, "owner", detail, "Its owner stays the same."));
  on("htmx:response:error", ({ target, detail }) => {
    const { status } = detail.ctx.response;
    if (!isCard(target)) return;
    if (status === 409) moves.delete(target.id); /* the answer holds the card as it is */
    else if (status === 404) leave(target);
    else putBack(target);
  });
  on("htmx:error", ({ target, detail }) => { if (isCard(target) && !detail.ctx?.response) putBack(target); });

  /* -------------------------------------------------- answers: filing cards */
  const MARKED = 2500; /* ms that a card which somebody else moved is marked */

  const file = (place) => {
    const card = place.firstElementChild, old = byId(card.id), wanted = moves.get(card.id);
    const list = listOf(wanted ?? place.dataset.place);
    if (!list) { askAll(); return; } /* there were no cards at all */
    const { after } = place.dataset, stays = old?.parentElement === list;
    const inLine = after === undefined || wanted ? stays : stays && after === idOf(previous(old));
    if (after === undefined && !stays && !wanted && !old?.contains(document.activeElement)) { old?.remove(); return; } /* further down */
    keepFocus(() => {
      if (inLine) { old.replaceWith(card); return; }
      old?.remove();
      const before = after && byId(`lead-${after}`);
      if (wanted || after === "0") list.prepend(card);
      else if (before?.parentElement === list) before.after(card);
      else list.insertBefore(card, list.querySelector("li:has(> .lane-more)"));
    });
    if ("moved" in place.dataset && !stays) mark(card);
  };
  const previous = (card) => (isCard(card.previousElementSibling) ? card.previousElementSibling : null);
  const idOf = (card) => card?.id.replace("lead-", "") ?? "0";
  const mark = (card) => {
    card.dataset.moved = "";
    setTimeout(() => card.removeAttribute("data-moved"), MARKED);
  };
  const leave = (card) => {
    const next = card?.contains(document.activeElement) && [card.nextElementSibling, card.previousElementSibling].find(isCard);
    card?.remove();
    if (next) linkOf(next).focus({ preventScroll: true });
  };
  const askAll = () => { if (byId("results")) htmx.ajax("GET", location.href, { target: "#results", swap: "outerHTML" }); };
  const fileNews = () => {
    const news = byId("board-news");
    if (!news?.childElementCount) return;
    const [gone, places] = [[], []];
    [...news.children].forEach((one) => (one.dataset.gone ? gone : places).push(one));
    news.replaceChildren();
    gone.forEach((one) => leave(byId(one.dataset.gone)));
    places.forEach(file);
  };
  const dropDoubles = () => { /* a card that came up a lane while more of it was loaded */
    const seen = new Set();
    document.querySelectorAll("#board [data-card]").forEach((card) => { if (seen.has(card.id)) card.remove(); seen.add(card.id); });
  };

  /* --------------------------------------- what others do: asked every few seconds */
  const EVERY = 3000, LONGEST = 60000; /* ms; the longest after failures, which double it */
  let wait = EVERY, askedAt = 0, asking = false, places = null, lastShown = null;

  const busy = () => Boolean(moves.size || document.querySelector("[data-lifted], dialog[open], :popover-open, [aria-haspopup='menu'][aria-expanded='true']"));
  const look = () => {
    const live = byId("board-live");
    if (live && !asking && !document.hidden && !busy()) htmx.trigger(live, "look");
  };
  const isLive = (element) => element?.id === "board-live";
  const keepLooking = () => setTimeout(() => { look(); keepLooking(); }, wait);
  on("htmx:before:request", ({ target }) => { if (isLive(target)) { asking = true; askedAt = turns; } });
  on("htmx:finally:request", ({ detail }) => { if (isLive(detail.ctx.sourceElement)) asking = false; });
  on("htmx:after:request", ({ target, detail }) => { if (isLive(target)) wait = detail.ctx.response.status < 400 ? EVERY : Math.min(2 * wait, LONGEST); });
  on("htmx:error", ({ target }) => { if (isLive(target)) wait = Math.min(2 * wait, LONGEST); });
  on("htmx:before:swap", (event) => {
    const stale = isLive(event.detail.ctx.sourceElement) && (busy() || askedAt !== turns);
    if (stale) event.preventDefault(); /* it is told again at the next look */
    else places = scrolled();
    const asked = event.detail.ctx.sourceElement?.closest?.(".lane-more");
    lastShown = asked === document.activeElement ? asked?.closest("li").previousElementSibling : null;
  });
  on("htmx:after:swap", () => {
    fileNews();
    dropDoubles();
    lastShown?.nextElementSibling?.querySelector("a")?.focus({ preventScroll: true }); /* the first that was loaded */
    lastShown = null;
    scrollTo(places);
    places = null;
  });
  on("visibilitychange", look);
  addEventListener("online", () => { wait = EVERY; look(); });
  keepLooking();

  const scrolled = () => [byId("board"), ...document.querySelectorAll("[data-lane]")].filter(Boolean).map((el) => [el.id, el, el.scrollLeft, el.scrollTop]);
  const scrollTo = (kept) => kept?.forEach(([id, el, left, top]) => {
    const now = byId(id);
    if (now && now !== el) Object.assign(now, { scrollLeft: left, scrollTop: top }); /* drawn anew */
  });
})();
