/** What the page holds back until the reader has answered. */

/** One option or distractor, by its place in the page's own order. */
export interface Reply {
  right?: true;
  /** HTML, made from the lesson's Markdown when the site was built. */
  why: string;
  misconception?: string;
  /** A step of a recorded run of the same lesson that shows it: `trace-id:step`. */
  see?: string;
}

/** Everything that must not be read before the answer is given. */
export interface Key {
  options?: Reply[];
  /** Fill-in: every accepted spelling, normalised. */
  answers?: string[];
  why?: string;
  /** Parsons: the lines in order, each with its indentation in levels. */
  lines?: { line: string; level: number }[];
  distractors?: Record<string, Reply>;
}

/** The root of this language's pages: the bundle lies one folder below it. */
const ROOT = new URL("../", (document.currentScript as HTMLScriptElement | null)?.src ?? location.href);

/** The address of the page about a misconception. */
export function beliefPage(misconception: string): string {
  return new URL(`misconceptions/${misconception}/`, ROOT).href;
}

/** The address of a step of a recorded run in a lesson. */
export function stepPage(slug: string, step: string): string {
  return new URL(`lessons/${slug}/#${step}`, ROOT).href;
}

/** The key of an element; it is base64 of JSON, so that no answer can be read in the source. */
export function keyOf(text: string): Key {
  const bytes = Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Key;
}

/** How typed answers are compared: case, spaces, quotes and a final full stop do not count. */
export function normalised(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[‘’`´"“”«»']/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[.;]$/, "");
}
