/* The desk's own few lines: a tab of the composer puts the cursor where one writes; an open menu closes by itself;
   Ctrl+Enter sends the form in which one is typing, never the reply that waits in another. */
(() => {
  "use strict";
  document.addEventListener("change", (event) => {
    const target = event.target.closest?.("[data-focus]");
    if (target) document.querySelector(target.dataset.focus)?.focus();
  });
  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("[data-focus]"); /* a tab that is chosen already changes nothing */
    if (tab) document.querySelector(tab.dataset.focus)?.focus();
    for (const menu of document.querySelectorAll("details.pick[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form");
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || !form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.requestSubmit();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.pick[open]")) menu.open = false;
  });
})();
