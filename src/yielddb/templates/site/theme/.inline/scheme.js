{
  let kept = null;
  try {
    kept = localStorage.getItem("yielddb/scheme");
  } catch {}
  document.documentElement.className = "js";
  document.body.dataset.mdColorScheme =
    (kept ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark" ? "slate" : "default";
}
