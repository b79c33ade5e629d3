/** Makes pages and runtime work offline after the first visit: registers the site's service worker. */

/** Register it, and have it keep this page, which was there before it. */
export function keepForOffline(runtime: URL): void {
  // file:, plain http: and strict browsers have none: the playground works without, online
  navigator.serviceWorker?.register(new URL("../sw.js", runtime)).then(keep, () => undefined);
}

async function keep(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const own = loaded.filter((url) => url.startsWith(location.origin));
  active?.postMessage({ keep: [location.href.split("#")[0], ...own] });
}
