// Names for screen readers: ipywidgets shows a slider's description beside it and does not tie the two, and its image has none.
(() => {
  const name = () => {
    for (const handle of document.querySelectorAll(".jupyter-widgets [role=slider]:not([aria-label])")) {
      const label = handle.closest(".jupyter-widgets").querySelector(".widget-label");
      if (label && label.textContent) handle.setAttribute("aria-label", label.textContent);
    }
    for (const image of document.querySelectorAll("img.widget-image:not([alt])"))
      image.alt = "The training as it runs; the text below says the same in words.";
  };
  name();
  if (!window.courseLabels) {
    window.courseLabels = new MutationObserver(name);
    window.courseLabels.observe(document.body, { childList: true, subtree: true });
  }
})();
