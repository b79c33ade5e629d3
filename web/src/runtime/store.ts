// The files beside the worker: fetched with progress, kept in the browser's cache, unpacked.
import type { Manifest } from "./protocol.ts";
import { Unpacker } from "./unpacker.ts";

const CACHE = "yielddb-runtime-";
const TELL_MS = 50; // a progress bar needs no more
const SMALL_GB = 4; // with less memory no copy of Python's is kept

type Bytes = Uint8Array<ArrayBuffer>;
type Fresh = { content: Bytes; type: string };
type Tell = (loaded: number, total: number) => void;

export class Store {
  private readonly loaded = new Map<string, number>();
  private readonly fresh = new Map<string, Fresh>(); // what the cache has not yet
  private unpacker: Unpacker | undefined;
  private told = 0;

  private constructor(
    private readonly base: URL,
    readonly manifest: Manifest,
    private readonly cache: Cache | undefined,
    private readonly tell: Tell,
  ) {}

  static async open(base: URL, tell: Tell): Promise<Store> {
    const manifest = await latest(new URL("manifest.json", base));
    const cache = await kept(CACHE + manifest.version);
    await cache?.put(new URL("manifest.json", base), new Response(JSON.stringify(manifest))).catch(() => undefined);
    return new Store(base, manifest, cache, tell);
  }

  // the file whose name begins with this stem, unpacked
  async file(stem: string, type: string): Promise<Response> {
    const found = await this.found(stem, type);
    return found instanceof Response ? found : new Response(found, { headers: { "content-type": type } });
  }

  async bytes(stem: string): Promise<Bytes> {
    const found = await this.found(stem, "application/octet-stream");
    return found instanceof Response ? new Uint8Array(await found.arrayBuffer()) : found;
  }

  private async found(stem: string, type: string): Promise<Response | Bytes> {
    const [name, ...kind] = stem.split(".");
    const end = [...kind, "zst"].join(".");
    const file = this.manifest.files.find((file) => file.name.startsWith(`${name}-`) && file.name.endsWith(`.${end}`));
    if (!file) throw new Error(`the runtime lacks ${stem}: the site was built without it`);
    const key = new URL(file.name.slice(0, -".zst".length), this.base).href;
    const fresh = this.fresh.get(key);
    if (fresh) return fresh.content;
    const known = await this.cache?.match(key).catch(() => undefined);
    if (known) {
      this.progress(file.name, file.bytes);
      return known;
    }
    this.unpacker ??= new Unpacker(self.location.href);
    const content = await this.unpacker.content(new URL(file.name, this.base).href, file, (at) => this.progress(file.name, at));
    this.fresh.set(key, { content, type });
    return content;
  }

  // Python's memory as it was at a point that every start comes by, if that was kept
  async memory(): Promise<Bytes | undefined> {
    const known = await this.cache?.match(this.memoryKey).catch(() => undefined);
    return known && new Uint8Array(await known.arrayBuffer());
  }

  get wantsMemory(): boolean {
    const { deviceMemory = SMALL_GB } = navigator as { deviceMemory?: number };
    return this.cache !== undefined && deviceMemory >= SMALL_GB;
  }

  keepMemory(memory: Bytes): void {
    this.fresh.set(this.memoryKey, { content: memory, type: "application/octet-stream" });
  }

  async forgetMemory(): Promise<void> {
    await this.cache?.delete(this.memoryKey).catch(() => undefined);
  }

  // all is there: what helped is ended
  done(): void {
    this.unpacker?.end();
    this.unpacker = undefined;
  }

  // keep what was fetched, and remove what an older version of the site left; nobody waits for it
  async keep(): Promise<void> {
    const fresh = [...this.fresh];
    this.fresh.clear();
    for (const [key, { content, type }] of fresh) {
      // a full disk or forbidden storage costs the next visit a download, no more
      await this.cache?.put(key, new Response(content, { headers: { "content-type": type } })).catch(() => undefined);
    }
    try {
      for (const name of await caches.keys()) {
        if (name.startsWith(CACHE) && name !== CACHE + this.manifest.version) await caches.delete(name);
      }
    } catch {
      // storage is forbidden: there is nothing to tidy
    }
  }

  // another browser, or a newer one, may run another Python in other ways
  private get memoryKey(): string {
    return new URL(`memory?${encodeURIComponent(navigator.userAgent)}`, this.base).href;
  }

  private progress(name: string, bytes: number): void {
    this.loaded.set(name, bytes);
    const sum = [...this.loaded.values()].reduce((all, one) => all + one, 0);
    if (sum < this.manifest.total && performance.now() - this.told < TELL_MS) return;
    this.told = performance.now();
    this.tell(sum, this.manifest.total);
  }
}

async function latest(address: URL): Promise<Manifest> {
  try {
    const response = await fetch(address, { cache: "no-cache" });
    if (response.ok) return await response.json();
    throw new Error(`manifest.json: ${response.status} ${response.statusText}`);
  } catch (error) {
    const known = await earlier(address);
    if (known) return await known.json();
    throw error;
  }
}

async function earlier(address: URL): Promise<Response | undefined> {
  try {
    return await caches.match(address);
  } catch {
    return undefined; // storage is forbidden
  }
}

async function kept(name: string): Promise<Cache | undefined> {
  try {
    return await caches.open(name);
  } catch {
    return undefined;
  }
}
