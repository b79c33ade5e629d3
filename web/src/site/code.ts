/** Code on a page: a button that copies it, and a way to scroll what is wide with the keyboard. */

const SHOWN_MS = 2000; // long enough to be read

/** Dress what is there, and what comes: replies of a question, another page. */
export function watchCode(): void {
  let waiting = false;
  const dress = (): void => {
    waiting = false;
    copyButtons();
    reach();
  };
  const soon = (): void => {
    if (!waiting) requestAnimationFrame(dress);
    waiting = true;
  };
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", soon);
  soon();
}

/** Give each block of code a button, from the page's own template. */
function copyButtons(): void {
  const template = document.querySelector<HTMLTemplateElement>("#copier");
  // only what is sent safely may write to the clipboard
  if (!template || !navigator.clipboard) return;
  for (const code of document.querySelectorAll<HTMLElement>(".highlight > pre > code")) {
    const pre = code.parentElement!;
    if (pre.querySelector(".copier")) continue;
    const button = template.content.firstElementChild!.cloneNode(true) as HTMLButtonElement;
    button.onclick = () => void copy(code, button);
    pre.append(button);
  }
}

async function copy(code: HTMLElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
  } catch {
    return getSelection()?.selectAllChildren(code); // not allowed here: the reader's own keys are
  }
  const status = document.createElement("span");
  status.role = "status";
  button.after(status); // an empty one first: only what changes in it is read aloud
  await new Promise(requestAnimationFrame);
  status.textContent = button.dataset.done ?? "";
  setTimeout(() => status.remove(), SHOWN_MS);
}

/** Code and tables that are wider than their box can be scrolled by keyboard, too. */
function reach(): void {
  const wide = [...document.querySelectorAll<HTMLElement>("pre > code, table:not([class])")].map(
    (box) => [box, box.scrollWidth > box.clientWidth] as const, // all are measured before any is changed
  );
  for (const [box, scrolls] of wide) {
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
