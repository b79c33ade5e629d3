// Fetches and unpacks beside the worker, on another core; what it needs for that goes with it when it ends.
import { ZSTDDecoder } from "zstddec";
import type { RuntimeFile } from "./protocol.ts";

export const UNPACKER = "yielddb unpacker"; // the name by which a worker knows that it is one

interface Wanted {
  id: number;
  address: string;
  file: RuntimeFile;
}

export type Unpacked =
  | { id: number; loaded: number }
  | { id: number; content: Uint8Array<ArrayBuffer> }
  | { id: number; says: string };

/** In a worker of that name: serve whoever made it. */
export function serve(): void {
  const decoder = new ZSTDDecoder();
  const ready = decoder.init();
  self.onmessage = async ({ data: { id, address, file } }: MessageEvent<Wanted>) => {
    try {
      const packed = await fetched(address, file, (loaded) => postMessage({ id, loaded }));
      await ready;
      const content = decoder.decode(packed, file.unpacked) as Uint8Array<ArrayBuffer>;
      if (content.length !== file.unpacked) throw new Error(`${file.name} is damaged`);
      postMessage({ id, content }, { transfer: [content.buffer] });
    } catch (error) {
      postMessage({ id, says: error instanceof Error ? error.message : String(error) });
    }
  };
}

async function fetched(address: string, file: RuntimeFile, tell: (loaded: number) => void): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok || !response.body) throw new Error(`${file.name}: ${response.status} ${response.statusText}`);
  const content = new Uint8Array(file.bytes);
  let at = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > file.bytes) throw new Error(`${file.name} is longer than the site's list says`);
    content.set(value, at);
    at += value.length;
    tell(at);
  }
  if (at !== file.bytes) throw new Error(`${file.name} broke off after ${at} of ${file.bytes} bytes`);
  return content;
}

/** The other side: one worker for all files of a load. */
export class Unpacker {
  private readonly worker: Worker;
  private readonly asked = new Map<number, (answer: Unpacked) => void>();

  constructor(script: string) {
    this.worker = new Worker(script, { type: "module", name: UNPACKER });
    this.worker.onmessage = ({ data }: MessageEvent<Unpacked>) => this.asked.get(data.id)?.(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      for (const [id, tell] of this.asked) tell({ id, says: event.message || "the files could not be unpacked" });
    };
  }

  content(address: string, file: RuntimeFile, tell: (loaded: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    const id = this.asked.size;
    return new Promise((give, fail) => {
      this.asked.set(id, (answer) => {
        if ("loaded" in answer) tell(answer.loaded);
        else if ("content" in answer) give(answer.content);
        else fail(new Error(answer.says));
      });
      this.worker.postMessage({ id, address, file });
    });
  }

  end(): void {
    this.worker.terminate();
  }
}
