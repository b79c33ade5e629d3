/** The site's service worker: pages from the network first, what never changes from the cache; errors are never kept. */

/// <reference lib="webworker" />
export {};
declare const self: ServiceWorkerGlobalScope;

const CACHE = "yielddb-site-1"; // another number leaves all that older workers kept behind
const OURS = "yielddb-site-";
const MOST = 400; // files: a course with all its pages has fewer
const RUNTIME = "/runtime/"; // keeps its hashed files in a cache of its own
const HASHED = /[.-][0-9a-f]{8,}\./; // the name changes when the text does
const NETWORK_S = 4; // a line so slow is no better than none, where there is something to show

self.addEventListener("install", () => void self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  const { keep } = (event.data ?? {}) as { keep?: unknown };
  if (Array.isArray(keep)) event.waitUntil(Promise.all(keep.map((url) => keepOne(String(url)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !request.url.startsWith(self.registration.scope) || request.headers.has("range")) return;
  if (url.pathname.includes(RUNTIME) && HASHED.test(url.pathname)) return;
  event.respondWith(HASHED.test(url.pathname) ? cacheFirst(request) : networkFirst(event));
});

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function cacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetched(request);
}

async function networkFirst(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const answer = fetched(request);
  answer.catch(() => undefined); // a late failure is nobody's
  event.waitUntil(answer.catch(() => undefined));
  const kept = await caches.match(request, { ignoreSearch: request.mode === "navigate" });
  if (!kept) return answer;
  const late = new Promise<Response>((done) => setTimeout(done, NETWORK_S * 1000, kept));
  return Promise.race([answer, late]).catch(() => kept);
}

/** From the network; what is good is kept. */
async function fetched(request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.ok && response.type === "basic") await put(request, response.clone());
  return response;
}

async function put(request: Request, response: Response): Promise<void> {
  try {
    const cache = await caches.open(CACHE);
    await cache.put(request, response);
    const all = await cache.keys();
    await Promise.all(all.slice(0, Math.max(0, all.length - MOST)).map((one) => cache.delete(one)));
  } catch {
    // storage is full: the reader has the answer all the same
  }
}

async function keepOne(url: string): Promise<void> {
  if (!url.startsWith(self.registration.scope) || (await caches.match(url))) return;
  await fetched(new Request(url)).catch(() => undefined); // gone offline: the next visit keeps it
}
