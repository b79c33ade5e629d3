/** What searches in the dialog of a page, loaded when it is first opened. */

import { Finder } from "./site/finder.ts";

const HERE = (document.currentScript as HTMLScriptElement).src;
const finders = new WeakMap<HTMLDialogElement, Finder>(); // each page has a dialog of its own

globalThis.yielddbSearch ??= (dialog) => {
  const known = finders.get(dialog) ?? new Finder(dialog, HERE);
  finders.set(dialog, known);
  void known.show();
};
