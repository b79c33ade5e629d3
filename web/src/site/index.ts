/** The pages of one language, and what is found in them. */

import MiniSearch from "minisearch";

/** A page or one of its sections, as the build has written it to `search/pages.js`. */
export interface Entry {
  at: string;
  title: string;
  text: string;
}

export interface Found {
  at: string;
  title: string;
  page: string; // the title of the page that the section is of
  text: string;
  terms: string[]; // as they stand in the text
}

const BETWEEN = /[\s\-,:!?=[\]{}()"'`./_<>;@«»…]+/u; // of words, in prose and in code
const CASE = /(?<=\p{Ll})(?=\p{Lu})/u; // SessionLocal is found by local, too
export const FEW = 30; // what somebody looks through
const LESSONS = 1.5; // before the misconceptions, which use the same words

export class Pages {
  private readonly index: MiniSearch;

  constructor(private readonly entries: Entry[]) {
    this.index = new MiniSearch({
      fields: ["title", "text"],
      tokenize: words,
      searchOptions: {
        boost: { title: 4 },
        prefix: (term) => term.length > 2,
        fuzzy: (term) => (term.length > 4 ? 0.2 : false),
        combineWith: "AND",
        boostDocument: (id) => (entries[id as number]!.at.startsWith("lessons/") ? LESSONS : 1),
        tokenize: (text) => text.split(BETWEEN).filter(Boolean),
      },
    });
    this.index.addAll(entries.map((one, id) => ({ id, ...one })));
  }

  /** The best first, none twice; every word has to be there, its beginning or nearly so. */
  find(asked: string): Found[] {
    const known = new Set<string>();
    const titles = new Map(this.entries.filter(({ at }) => !at.includes("#")).map(({ at, title }) => [at, title]));
    const all = this.index.search(asked).map(({ id, match }) => {
      const { at, title, text } = this.entries[id as number]!;
      const page = at.split("#")[0]!;
      return { at, title, text, terms: Object.keys(match), page: titles.get(page) ?? "", key: `${page}#${title}` };
    });
    // a page and its first section have the same title
    return all.filter(({ key }) => !known.has(key) && known.add(key)).slice(0, FEW);
  }
}

/** The words of a text, those in camel case whole and in parts. */
export function words(text: string): string[] {
  return text.split(BETWEEN).flatMap((word) => {
    const parts = word.split(CASE);
    return parts.length > 1 ? [word, ...parts] : word ? [word] : [];
  });
}

/** A piece of the text around the first of the terms, in parts: every other one is a term. */
export function snippet(text: string, terms: string[], length = 160): string[] {
  const any = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).sort((a, b) => b.length - a.length);
  const pattern = any.length ? new RegExp(`(${any.join("|")})`, "giu") : null;
  const first = pattern ? text.search(pattern) : -1;
  const begin = first > length / 2 ? text.indexOf(" ", first - length / 3) + 1 : 0;
  const end = begin + length;
  const piece = (begin ? "… " : "") + text.slice(begin, end) + (end < text.length ? " …" : "");
  return pattern ? piece.split(pattern) : [piece];
}
