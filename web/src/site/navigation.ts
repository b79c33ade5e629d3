/** Pages of one language without a reload, where the browser has the Navigation API; elsewhere links are links. */

import { focusOn } from "./place.ts";

const OF_A_PAGE = "link:is([rel=canonical], [rel=prev], [rel=next]), meta:is([name=description], [property])";

interface NavigateEvent extends Event {
  canIntercept: boolean;
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
    if (!event.canIntercept || event.downloadRequest !== null || event.formData || !isPage(to, base)) return;
    if (event.navigationType === "reload" || isPlace(to, event.navigationType)) return;
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
        // the browser scrolls: to the place in the address, or to where the reader was on the way back
        focusOn(document.getElementById(decodeURIComponent(to.hash.slice(1))) ?? document.querySelector("h1"));
      },
    });
  });
}

/** A folder of this language; whatever else lies there (notebooks, code) is for the browser. */
function isPage(to: URL, base: URL): boolean {
  return to.origin === base.origin && to.pathname.startsWith(base.pathname) && /\/(index\.html)?$/.test(to.pathname);
}

/** A place on the page that is there, also one that the address names already. */
function isPlace(to: URL, navigationType: string): boolean {
  const same = to.pathname === location.pathname && to.search === location.search;
  return same && (to.hash !== "" || navigationType === "traverse");
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
