/** Questions in front of everything else: the browser's own dialog keeps focus and Escape. */

import { h, type Child } from "../dom.ts";

export interface Choice {
  label: string;
  primary?: boolean;
  act(): unknown;
}

/** Show it; it is gone when it closes, and focus is back where it was. */
export function dialog(root: ShadowRoot, label: string, cancel: string, content: Child[], choices: Choice[] = []): HTMLDialogElement {
  const close = () => box.close();
  const buttons = choices.map((one) =>
    h("button", { type: "button", class: one.primary ? "button primary" : "button", onclick: () => (close(), one.act()) }, one.label),
  );
  const away = h("button", { type: "button", class: "button", onclick: close }, cancel);
  const box = h(
    "dialog",
    { "aria-label": label, onclose: () => box.remove() },
    ...content,
    h("div", { class: "row" }, ...buttons, away),
  );
  root.append(box);
  box.showModal();
  return box;
}

/** Give the reader a file. */
export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // the download has begun by then
}
