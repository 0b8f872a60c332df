// JupyterLab and Notebook 7 break the lines of an output anywhere, and code among them, and make a picture as small as a phone.
// Text is broken between words; code scrolls, and so does a picture that nobody could read otherwise.
(() => {
  if (document.getElementById("course-outputs")) return;
  const style = document.createElement("style");
  style.id = "course-outputs";
  style.textContent = `
    .jp-OutputArea .jp-OutputArea-output pre { word-break: normal; overflow-wrap: break-word; }
    .jp-OutputArea .jp-RenderedMarkdown.jp-OutputArea-output :is(pre, pre code) { white-space: pre; overflow-wrap: normal; }
    @media (max-width: 700px) {
      .jp-OutputArea .jp-OutputArea-output { overflow-x: auto; }
      .jp-OutputArea .jp-OutputArea-output img { max-width: 640px; }
    }`;
  document.head.append(style);
})();
