/* Dragging cards between the lanes of the board. Load it with vendor/sortable on the board page only.

   Markup it reads: .board[data-board] > .lane > ol[data-lane="stage"] > li[data-card], and in each card a
   form[data-move] with a field named stage: dropping the card in another lane sets the field and submits the form.
   The keyboard way is buttons in that form with data-key="[" and "]" (see app.js). If the server refuses, the card goes back. */
(() => {
  const origin = new WeakMap(); /* form → [lane, next sibling] the card came from */

  const drop = ({ item, from, to, oldDraggableIndex }) => {
    if (from === to) return;
    const form = item.querySelector("form[data-move]");
    origin.set(form, [from, from.querySelectorAll(":scope > [data-card]")[oldDraggableIndex] ?? null]);
    form.elements.stage.value = to.dataset.lane;
    form.requestSubmit();
  };

  const start = () => document.querySelectorAll("[data-board] [data-lane]:not([data-sortable])").forEach((lane) => {
    lane.dataset.sortable = "";
    new Sortable(lane, {
      group: "board",
      draggable: "[data-card]",
      filter: "button, input, select",
      preventOnFilter: false,
      sort: false,
      animation: 150,
      delay: 200,
      delayOnTouchOnly: true,
      onStart: ({ item }) => item.querySelector(".lead-card")?.setAttribute("data-dragging", ""),
      onMove: ({ to }) => mark(to),
      onEnd: (event) => {
        event.item.querySelector(".lead-card")?.removeAttribute("data-dragging");
        event.item.removeAttribute("style"); /* htmx would copy what Sortable leaves there, which the policy forbids */
        mark(null);
        drop(event);
      },
    });
  });
  const mark = (lane) => document.querySelectorAll(".lane").forEach((el) => el.toggleAttribute("data-over", Boolean(lane) && el.contains(lane)));

  const back = ({ target }) => {
    const place = origin.get(target);
    if (!place || !target.isConnected) return;
    const [lane, before] = place;
    lane.insertBefore(target.closest("[data-card]"), before?.isConnected ? before : null);
  };
  document.addEventListener("htmx:response:error", back);
  document.addEventListener("htmx:error", back);
  document.addEventListener("htmx:after:swap", start);
  document.addEventListener("DOMContentLoaded", start);
})();
