/** The way into the search: a button and two keys. What searches is loaded when it is asked for. */

declare global {
  var yielddbSearch: (() => void) | undefined;
}

export function watchSearch(here: string): void {
  const open = (): void => {
    if (globalThis.yielddbSearch) return globalThis.yielddbSearch();
    const script = document.createElement("script");
    script.src = new URL("search.js", here).href;
    script.onload = () => globalThis.yielddbSearch?.();
    document.head.append(script);
  };
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest(".search")) open();
  });
  document.addEventListener("keydown", (event) => {
    const command = (event.ctrlKey || event.metaKey) && event.key === "k";
    const typing = (event.composedPath()[0] as Element).closest?.("input, textarea, select, [contenteditable]");
    if (typing || (event.key !== "/" && !command)) return;
    event.preventDefault();
    open();
  });
}
