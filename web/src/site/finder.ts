/** The dialog of the search: what is typed, what is found, the keys that lead through it. */

import { make } from "../quiz/dom.ts";
import { type Entry, FEW, type Found, Pages, snippet } from "./index.ts";
import { type Words, wordsOf } from "./words.ts";

declare global {
  var yielddbPages: Entry[] | undefined;
}

const TITLE = 200; // letters: titles are shown whole
let loading: Promise<Pages> | undefined; // once for all pages that follow

export class Finder {
  private readonly words: Words = wordsOf(document.documentElement.lang);
  private readonly input: HTMLInputElement;
  private readonly status: HTMLElement;
  private readonly list: HTMLElement;

  /** `here` is the address of the script, from which those of the pages are told. */
  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly here: string,
  ) {
    this.input = dialog.querySelector("input")!;
    this.status = dialog.querySelector("[role=status]")!;
    this.list = dialog.querySelector("ol")!;
    this.input.addEventListener("input", () => void this.show());
    dialog.addEventListener("click", (event) => this.clicked(event));
    dialog.addEventListener("keydown", (event) => this.key(event));
  }

  /** What is found for what stands in the box. */
  async show(): Promise<void> {
    const pages = await this.load().catch(() => undefined);
    if (!pages) {
      this.status.textContent = this.words.failed;
      return;
    }
    const asked = this.input.value.trim();
    const found = asked ? pages.find(asked) : [];
    this.status.textContent = asked ? this.says(found.length) : this.words.begin;
    this.list.replaceChildren(...found.map((one) => this.item(one)));
  }

  private says(count: number): string {
    if (!count) return this.words.none;
    return count < FEW ? this.words.found(count) : this.words.best(count);
  }

  /** The index is a script, since from a disk nothing else can be read. */
  private load(): Promise<Pages> {
    loading ??= new Promise<unknown>((done, failed) => {
      const script = make("script", { src: new URL("../search/pages.js", this.here).href });
      Object.assign(script, { onload: done, onerror: failed });
      document.head.append(script);
    }).then(() => new Pages(globalThis.yielddbPages ?? []));
    loading.catch(() => (loading = undefined)); // the next key tries again
    return loading;
  }

  private item(one: Found): HTMLElement {
    const link = make("a", { href: new URL(`../${one.at}`, this.here).href });
    link.append(make("strong", {}, ...marked(one.title, one.terms, TITLE)));
    if (one.page && one.page !== one.title) link.append(make("small", {}, one.page));
    if (one.text) link.append(make("span", {}, ...marked(one.text, one.terms)));
    return make("li", {}, link);
  }

  /** A click beside the box closes it, and so does a link that is followed. */
  private clicked(event: MouseEvent): void {
    if (event.target === this.dialog || (event.target as Element).closest("a")) this.dialog.close();
  }

  /** The arrows go round through what was found; Enter in the box takes the first. */
  private key(event: KeyboardEvent): void {
    const now = document.activeElement as HTMLElement;
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...this.list.querySelectorAll("a")];
    const stops: HTMLElement[] = [this.input, ...links];
    if (event.key === "Enter" && now === this.input && !event.isComposing) {
      event.preventDefault(); // else the form would close the dialog
      links[0]?.click();
    } else if (way) {
      event.preventDefault();
      stops.at((stops.indexOf(now) + way) % stops.length)?.focus();
    }
  }
}

function marked(text: string, terms: string[], length?: number): (Node | string)[] {
  return snippet(text, terms, length).map((part, place) => (place % 2 ? make("mark", {}, part) : part));
}
