/* Runs before the first paint, so that a chosen theme or type size does not flash. */
(() => {
  try {
    for (const name of ["theme", "type"]) {
      const kept = localStorage.getItem(`jt-${name}`);
      if (kept) document.documentElement.dataset[name] = kept;
    }
  } catch { /* storage may be closed to us: then the system's choice stands */ }
})();
