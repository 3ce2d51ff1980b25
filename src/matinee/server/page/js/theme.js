// A classic script, run before the first paint, so that the chosen theme never flashes.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("matinee-theme");
  } catch {
    // Storage may be refused; the system's theme stays.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
