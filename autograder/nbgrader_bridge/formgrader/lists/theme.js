// Dark where JupyterLab around the page is dark, or the system where nothing is around it.
{
  const dark = () => {
    try {
      const theme = window.parent.document.body.dataset.jpThemeLight;
      if (theme) return theme === "false";
    } catch {} // another site's page is around it
    return matchMedia("(prefers-color-scheme: dark)").matches;
  };
  document.documentElement.classList.toggle("dark", dark());
}
