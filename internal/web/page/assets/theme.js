// Runs before anything is painted, so that a page in the dark does not flash.
(() => {
  const names = ["auto", "light", "dark"];
  let theme = "auto";
  try {
    theme = localStorage.getItem("holdfast-theme") || "auto";
  } catch {
    // no storage: the system's scheme it is
  }
  const show = () => {
    if (names.indexOf(theme) > 0) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = "Theme: " + theme;
  };
  show();
  addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme").addEventListener("click", () => {
      theme = names[(names.indexOf(theme) + 1) % names.length];
      try {
        localStorage.setItem("holdfast-theme", theme);
      } catch {
        // it holds until the page is left
      }
      show();
    });
  });
})();
