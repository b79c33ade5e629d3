/** The dialog of the search: what is typed, what is found, the keys that lead through it. */

import { make } from "../quiz/dom.ts";
import { type Entry, type Found, Pages, snippet } from "./index.ts";
import { type Words, wordsOf } from "./words.ts";

declare global {
  var yielddbPages: Entry[] | undefined;
}

export class Search {
  private readonly words: Words = wordsOf(document.documentElement.lang);
  private readonly input = make("input", {
    type: "search",
    placeholder: this.words.search,
    "aria-label": this.words.search,
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "go",
    oninput: () => this.show(),
  });
  private readonly status = make("p", { role: "status" });
  private readonly list = make("ol");
  private readonly dialog = make(
    "dialog",
    { class: "finder", "aria-label": this.words.search, onclick: (event: MouseEvent) => this.clicked(event), onkeydown: (event: KeyboardEvent) => this.key(event) },
    make("form", { method: "dialog", onsubmit: (event: Event) => this.go(event) }, this.input, make("button", { type: "button", onclick: () => this.dialog.close() }, this.words.close)),
    this.status,
    this.list,
  );
  private pages?: Promise<Pages>;

  constructor(private readonly here: string) {}

  open(): void {
    document.body.append(this.dialog); // another page may have taken its place
    if (!this.dialog.open) this.dialog.showModal();
    this.input.select();
    void this.show();
  }

  /** The index is a script, since from a disk nothing else can be read. */
  private load(): Promise<Pages> {
    this.pages ??= new Promise<void>((done, failed) => {
      const script = make("script", { src: new URL("../search/pages.js", this.here).href });
      Object.assign(script, { onload: done, onerror: failed });
      document.head.append(script);
    }).then(() => new Pages(globalThis.yielddbPages ?? []));
    return this.pages;
  }

  private async show(): Promise<void> {
    let pages: Pages;
    try {
      pages = await this.load();
    } catch {
      this.pages = undefined as never;
      this.status.textContent = this.words.failed;
      return;
    }
    const asked = this.input.value.trim();
    const found = asked ? pages.find(asked) : [];
    this.status.textContent = asked ? (found.length ? this.words.found(found.length) : this.words.none) : this.words.begin;
    this.list.replaceChildren(...found.map((one) => this.item(one)));
  }

  private item(one: Found): HTMLElement {
    const link = make("a", { href: new URL(`../${one.at}`, this.here).href }, make("strong", {}, ...marked(one.title, one.terms, 200)));
    if (one.page && one.page !== one.title) link.append(make("small", {}, one.page));
    if (one.text) link.append(make("span", {}, ...marked(one.text, one.terms)));
    return make("li", {}, link);
  }

  /** A click beside the box closes it; one on a link follows the link. */
  private clicked(event: MouseEvent): void {
    if (event.target === this.dialog || (event.target as Element).closest("a")) this.dialog.close();
  }

  /** Enter follows the first link. */
  private go(event: Event): void {
    event.preventDefault();
    this.list.querySelector("a")?.click();
  }

  /** The arrows go round through what was found. */
  private key(event: KeyboardEvent): void {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const stops: HTMLElement[] = [this.input, ...this.list.querySelectorAll("a")];
    const now = stops.indexOf(document.activeElement as HTMLElement);
    stops.at((now + way) % stops.length)?.focus();
  }
}

function marked(text: string, terms: string[], length?: number): (Node | string)[] {
  return snippet(text, terms, length).map((part, place) => (place % 2 ? make("mark", {}, part) : part));
}
