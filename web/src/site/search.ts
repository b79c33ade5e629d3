/** The way into the search: a button and two keys. What searches is loaded when it is asked for. */

declare global {
  var yielddbSearch: ((dialog: HTMLDialogElement) => void) | undefined;
}

export function watchSearch(here: string): void {
  const open = (): void => {
    const dialog = document.querySelector<HTMLDialogElement>("dialog.finder");
    if (!dialog) return;
    if (!dialog.open) dialog.showModal(); // at once: what is typed while the rest loads is kept
    dialog.querySelector("input")?.select();
    if (globalThis.yielddbSearch) return globalThis.yielddbSearch(dialog);
    const script = document.createElement("script");
    script.src = new URL("search.js", here).href;
    script.onload = () => globalThis.yielddbSearch?.(dialog);
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
