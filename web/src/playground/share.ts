/** Code in the fragment of a link: `#play=<lesson>.<zlib, then base64url>`. */

export const LINK_LIMIT = 8000; // characters: what chats and mail programs still leave whole
const CODE_LIMIT = 200_000; // characters: a small link may not unpack into a large text
const PREFIX = "#play=";

/** The fragment is for this lesson and holds no code that can be read. */
export class BadLink extends Error {}

/** The fragment of a link to this code, however long. */
export async function fragment(lesson: string, code: string): Promise<string> {
  const packed = await through(new TextEncoder().encode(code), new CompressionStream("deflate"), Infinity);
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  const text = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${PREFIX}${lesson}.${text}`;
}

/** The code in a fragment; null where the fragment is about something else. Throws BadLink. */
export async function codeIn(hash: string, lesson: string): Promise<string | null> {
  const start = `${PREFIX}${lesson}.`;
  if (!hash.startsWith(start)) return null;
  const text = hash.slice(start.length);
  if (text.length > LINK_LIMIT || !/^[\w-]+$/.test(text)) throw new BadLink();
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(binary, (one) => one.charCodeAt(0));
    const bytes = await through(packed, new DecompressionStream("deflate"), CODE_LIMIT);
    const code = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!code.includes("\0") && adler(bytes) === new DataView(packed.buffer).getUint32(packed.length - 4)) return code;
  } catch {
    // not base64, not zlib, cut off, too much or not UTF-8: said in one message
  }
  throw new BadLink();
}

/** The checksum that ends zlib's format: not every engine minds a cut or prolonged text. */
function adler(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: ReadableWritablePair<Uint8Array, BufferSource>,
  limit: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    length += next.value.length;
    if (length > limit) {
      await reader.cancel();
      throw new BadLink();
    }
  }
  const all = new Uint8Array(length);
  pieces.reduce((at, piece) => (all.set(piece, at), at + piece.length), 0);
  return all;
}
