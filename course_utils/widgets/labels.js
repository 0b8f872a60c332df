// Names for screen readers: ipywidgets shows a slider's description beside it and does not tie the two, and its image has none.
// And keys for those who use no mouse.
(() => {
  const name = () => {
    for (const handle of document.querySelectorAll(".jupyter-widgets [role=slider]:not([aria-label])")) {
      const label = handle.closest(".jupyter-widgets").querySelector(".widget-label");
      if (label && label.textContent) handle.setAttribute("aria-label", label.textContent);
    }
    for (const image of document.querySelectorAll("img.widget-image:not([alt])"))
      image.alt = "The training as it runs; the text below says the same in words.";
    // An arrow key changes the control that has the focus; JupyterLab would move to the next cell.
    for (const control of document.querySelectorAll(".jupyter-widgets :is(select, input, button, [role=slider])"))
      if (!control.dataset.lmSuppressShortcuts) control.dataset.lmSuppressShortcuts = "true";
  };
  name();
  if (!window.courseLabels) {
    window.courseLabels = new MutationObserver(name);
    window.courseLabels.observe(document.body, { childList: true, subtree: true });
  }
})();
