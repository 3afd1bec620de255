/* The board's tiles are exchanged as a whole; lists that the reader has scrolled stay where they were. */
(() => {
  "use strict";
  const kept = new Map();
  const lists = () => document.querySelectorAll("[data-keep-scroll][id]");
  document.addEventListener("htmx:beforeSwap", () => { for (const list of lists()) kept.set(list.id, list.scrollTop); });
  document.addEventListener("htmx:afterSwap", () => { for (const list of lists()) list.scrollTop = kept.get(list.id) || 0; });
})();
