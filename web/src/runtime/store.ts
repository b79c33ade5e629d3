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

  // the file whose name begins with this stem, unpacked; a cached answer lets a browser keep what it compiled
  async file(stem: string, type = "application/octet-stream"): Promise<Response> {
    const [name, ...kind] = stem.split(".");
    const end = [...kind, "zst"].join(".");
    const file = this.manifest.files.find((file) => file.name.startsWith(`${name}-`) && file.name.endsWith(`.${end}`));
    if (!file) throw new Error(`the runtime lacks ${stem}: the site was built without it`);
    const address = new URL(file.name, this.base);
    const key = new URL(file.name.slice(0, -".zst".length), this.base);
    const known = await this.cache?.match(key).catch(() => undefined);
    if (known) {
      this.progress(file.name, file.bytes);
      return known;
    }
    const response = await fetch(address);
    if (!response.ok || !response.body) throw new Error(`${file.name}: ${response.status} ${response.statusText}`);
    const content = await this.read(response.body, file);
    const unpacked = () => new Response(content, { headers: { "content-type": type } });
    // a full disk or forbidden storage costs the next visit a download, no more
    await this.cache?.put(key, unpacked()).catch(() => undefined);
    return unpacked();
  }

  async bytes(stem: string): Promise<Bytes> {
    return new Uint8Array(await (await this.file(stem)).arrayBuffer());
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

  private async read(body: ReadableStream<Uint8Array>, file: RuntimeFile): Promise<Bytes> {
    const parts: Uint8Array[] = [];
    const unpacking = new Decompress((part) => parts.push(part));
    let at = 0;
    for (const reader = body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      at += value.length;
      if (at > file.bytes) throw new Error(`${file.name} is longer than the site's list says`);
      unpacking.push(value, at === file.bytes);
      this.progress(file.name, at);
    }
    if (at !== file.bytes) throw new Error(`${file.name} broke off after ${at} of ${file.bytes} bytes`);
    return joined(parts);
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
