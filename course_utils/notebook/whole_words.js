// JupyterLab and Notebook 7 break the lines of an output anywhere, and code among them. Text is broken between words, code scrolls.
(() => {
  if (document.getElementById("course-whole-words")) return;
  const style = document.createElement("style");
  style.id = "course-whole-words";
  style.textContent = `
    .jp-OutputArea .jp-OutputArea-output pre { word-break: normal; overflow-wrap: break-word; }
    .jp-OutputArea .jp-RenderedMarkdown.jp-OutputArea-output :is(pre, pre code) { white-space: pre; overflow-wrap: normal; }`;
  document.head.append(style);
})();
