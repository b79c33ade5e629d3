// The files beside the worker: fetched with progress, kept in the browser's cache, unpacked.
import { Decompress } from "fzstd";
import type { Manifest, RuntimeFile } from "./protocol.ts";

const CACHE = "yielddb-runtime-";
const TELL_MS = 50; // a progress bar needs no more

type Bytes = Uint8Array<ArrayBuffer>;
type Tell = (loaded: number, total: number) => void;

export class Store {
  private readonly loaded = new Map<string, number>();
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
  async file(stem: string): Promise<Bytes> {
    const [name, ...kind] = stem.split(".");
    const end = [...kind, "zst"].join(".");
    const file = this.manifest.files.find((file) => file.name.startsWith(`${name}-`) && file.name.endsWith(`.${end}`));
    if (!file) throw new Error(`the runtime lacks ${stem}: the site was built without it`);
    const address = new URL(file.name, this.base);
    const known = await this.cache?.match(address).catch(() => undefined);
    const response = known ?? (await fetch(address));
    if (!response.ok || !response.body) throw new Error(`${file.name}: ${response.status} ${response.statusText}`);
    const packed = await this.read(response.body, file);
    if (!known) await this.keep(address, packed.whole);
    return packed.content;
  }

  // what an older version of the site left
  async tidy(): Promise<void> {
    try {
      for (const name of await caches.keys()) {
        if (name.startsWith(CACHE) && name !== CACHE + this.manifest.version) await caches.delete(name);
      }
    } catch {
      // storage is forbidden: there is nothing to tidy
    }
  }

  private async read(body: ReadableStream<Uint8Array>, file: RuntimeFile): Promise<{ whole: Bytes; content: Bytes }> {
    const whole = new Uint8Array(file.bytes);
    const parts: Uint8Array[] = [];
    const unpacking = new Decompress((part) => parts.push(part));
    let at = 0;
    for (const reader = body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > file.bytes) throw new Error(`${file.name} is longer than the site's list says`);
      whole.set(value, at);
      at += value.length;
      unpacking.push(value.slice(), at === file.bytes);
      this.progress(file.name, at);
    }
    if (at !== file.bytes) throw new Error(`${file.name} broke off after ${at} of ${file.bytes} bytes`);
    return { whole, content: joined(parts) };
  }

  private progress(name: string, bytes: number): void {
    this.loaded.set(name, bytes);
    const sum = [...this.loaded.values()].reduce((all, one) => all + one, 0);
    if (sum < this.manifest.total && performance.now() - this.told < TELL_MS) return;
    this.told = performance.now();
    this.tell(sum, this.manifest.total);
  }

  // a full disk or forbidden storage costs the next visit a download, no more
  private async keep(address: URL, whole: Bytes): Promise<void> {
    await this.cache?.put(address, new Response(whole)).catch(() => undefined);
  }
}

async function latest(address: URL): Promise<Manifest> {
  try {
    const response = await fetch(address, { cache: "no-cache" });
    if (response.ok) return await response.json();
    throw new Error(`manifest.json: ${response.status} ${response.statusText}`);
  } catch (error) {
    const known = await caches.match(address).catch(() => undefined);
    if (known) return await known.json();
    throw error;
  }
}

async function kept(name: string): Promise<Cache | undefined> {
  try {
    return await caches.open(name);
  } catch {
    return undefined;
  }
}

function joined(parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
