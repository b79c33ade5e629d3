/** Links as files, and menus that have done their work. */

/** Opened as a file, an address of a folder would list the folder. */
export function folderLinks(): void {
  if (location.protocol !== "file:") return;
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (link?.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
  });
}

/** A drawer closes when a link in it is followed, and where the window is wide enough for columns. */
export function closeMenus(): void {
  const drawer = (): HTMLElement | null => document.querySelector("#nav:popover-open");
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("#nav a")) drawer()?.hidePopover();
  });
  matchMedia("(width >= 76.25em)").addEventListener("change", () => drawer()?.hidePopover());
}
