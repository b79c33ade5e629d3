/** Where the reader is: the step in the table of contents, the title in the bar, the way up. */

const LINE_PX = 120; // a heading above this line, below the bar, has been reached

/** Follow the reader; the answer is to be called when another page stands there. */
export function watchPlace(): () => void {
  let links = new Map<HTMLElement, HTMLElement>();
  let before = 0;
  let waiting = false;

  const look = (): void => {
    waiting = false;
    const now = scrollY;
    const up = document.querySelector<HTMLElement>(".up");
    if (up) up.hidden = now < innerHeight || now >= before;
    before = now;
    const title = document.querySelector("h1")?.getBoundingClientRect().bottom ?? 0;
    document.querySelector(".bar")?.classList.toggle("scrolled", now > 0);
    document.querySelector(".name")?.classList.toggle("past", now > 0 && title < 0);
    let here: HTMLElement | undefined;
    for (const [heading, link] of links) {
      if (heading.getBoundingClientRect().top < LINE_PX) here = link;
    }
    for (const link of links.values()) {
      if (link !== here) link.removeAttribute("aria-current");
      else if (!link.ariaCurrent) show(link);
    }
  };
  const soon = (): void => {
    if (!waiting) requestAnimationFrame(look);
    waiting = true;
  };
  const anew = (): void => {
    const found = [...document.querySelectorAll<HTMLAnchorElement>(".toc a")];
    const pairs = found.map((link) => [document.getElementById(decodeURIComponent(link.hash.slice(1))), link] as const);
    links = new Map(pairs.filter((pair): pair is [HTMLElement, HTMLAnchorElement] => pair[0] !== null));
    soon();
  };

  addEventListener("scroll", soon, { passive: true });
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest(".up")) return;
    scrollTo({ top: 0 });
    focusOn(document.querySelector("h1"));
  });
  anew();
  return anew;
}

/** Give the focus to what is no link or field, so that it is read aloud and Tab goes on from there. */
export function focusOn(element: Element | null): void {
  if (!(element instanceof HTMLElement)) return;
  if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** Mark the link, and keep it in sight where the list itself scrolls. */
function show(link: HTMLElement): void {
  link.ariaCurrent = "location";
  const list = link.closest<HTMLElement>(".toc");
  if (!list || list.scrollHeight <= list.clientHeight) return;
  const [outer, inner] = [list.getBoundingClientRect(), link.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) list.scrollTop += inner.top - outer.top - outer.height / 2;
}
