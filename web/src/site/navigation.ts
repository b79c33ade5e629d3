/** Pages of one language without a reload, where the browser has the Navigation API; elsewhere links are links. */

const OF_A_PAGE = "link:is([rel=canonical], [rel=prev], [rel=next]), meta:is([name=description], [property])";

interface NavigateEvent extends Event {
  canIntercept: boolean;
  hashChange: boolean;
  downloadRequest: string | null;
  formData: FormData | null;
  navigationType: string;
  destination: { url: string };
  signal: AbortSignal;
  intercept(options: { handler: () => Promise<void>; focusReset: "manual" }): void;
}

/** Exchange pages below `base`; `then` dresses the new one. */
export function watchNavigation(base: URL, then: () => void): void {
  const navigation = (globalThis as { navigation?: EventTarget }).navigation;
  if (location.protocol === "file:") return; // a file may not be fetched
  navigation?.addEventListener("navigate", (given) => {
    const event = given as NavigateEvent;
    const to = new URL(event.destination.url);
    const another = !event.hashChange && event.downloadRequest === null && !event.formData;
    if (!event.canIntercept || !another || event.navigationType === "reload" || !isPage(to, base)) return;
    // the address changes at once: until the new page is there, links of this one keep their meaning
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[href]")) link.href = String(link.href);
    event.intercept({
      focusReset: "manual",
      handler: async () => {
        try {
          exchange(await fetched(to, event.signal));
        } catch {
          if (!event.signal.aborted) location.reload(); // the address is the new one by now
          return;
        }
        then();
        greet(to);
      },
    });
  });
}

/** A folder of this language; whatever else lies there (notebooks, code) is for the browser. */
function isPage(to: URL, base: URL): boolean {
  return to.origin === base.origin && to.pathname.startsWith(base.pathname) && /\/(index\.html)?$/.test(to.pathname);
}

async function fetched(to: URL, signal: AbortSignal): Promise<Document> {
  const answer = await fetch(to, { signal });
  if (!answer.ok) throw new Error(answer.statusText);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** The body's children and what the head says; scripts from a parsed document never run. */
function exchange(page: Document): void {
  document.title = page.title;
  for (const one of document.head.querySelectorAll(OF_A_PAGE)) one.remove();
  document.head.append(...page.head.querySelectorAll(OF_A_PAGE));
  document.body.replaceChildren(...page.body.childNodes);
}

/** The focus goes to where the new page begins, so that it is read aloud and Tab goes on from there. */
function greet(to: URL): void {
  const target = document.getElementById(decodeURIComponent(to.hash.slice(1))) ?? document.querySelector("h1");
  if (!(target instanceof HTMLElement)) return;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.focus({ preventScroll: true }); // the browser scrolls, to the place the reader left on the way back
}
