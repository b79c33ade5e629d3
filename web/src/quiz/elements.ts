/** The custom elements: a question, the review of all lessons, the reader's own record. */

import { Choice } from "./choice.ts";
import { button, make } from "./dom.ts";
import { FillIn } from "./fill_in.ts";
import { type Key, keyOf } from "./key.ts";
import { Parsons } from "./parsons.ts";
import type { Question } from "./question.ts";
import { due } from "./schedule.ts";
import { CHANGED, format, merged, NotAnswers, parse, store } from "./store.ts";
import { filled, wordsFor } from "./words.ts";

const KINDS: Record<string, new (...args: ConstructorParameters<typeof Choice>) => Question> = {
  choice: Choice,
  "fill-in": FillIn,
  parsons: Parsons,
};

/** Makes the question around it answerable; without it, the page shows the question alone. */
export class QuizElement extends HTMLElement {
  /** Called by the browser. */
  connectedCallback(): void {
    const block = this.closest<HTMLElement>(".block");
    if (!block || this.childElementCount > 0) return;
    const words = wordsFor(this);
    try {
      const key: Key = keyOf(this.dataset.key ?? "");
      const kind = KINDS[this.dataset.kind ?? ""];
      if (!kind) throw new Error(`no kind ${this.dataset.kind}`);
      new kind(this, block, key, words, this.dataset.name ?? block.id).show();
    } catch (error) {
      console.error(error);
      this.replaceChildren(make("p", { class: "quiz-trouble", role: "status" }, words.broken));
    }
  }
}

/** One due question after the other, out of those that sleep beside it. */
export class ReviewElement extends HTMLElement {
  private queue: string[] = [];
  private count = 0;

  /** Called by the browser. */
  connectedCallback(): void {
    if (this.count > 0) return;
    const known = this.asleep();
    this.queue = due(store.read(), new Date()).filter((name) => known.has(name));
    this.count = this.queue.length;
    this.next();
  }

  private asleep(): Map<string, HTMLElement> {
    const all = [...document.querySelectorAll<HTMLElement>("[data-question]")];
    return new Map(all.map((one) => [one.dataset.question ?? "", one]));
  }

  private next(): void {
    const words = wordsFor(this);
    const name = this.queue.shift();
    const sleeper = name === undefined ? undefined : this.asleep().get(name);
    if (!sleeper) {
      const says = this.count ? words.done : words.none;
      this.replaceChildren(make("p", { role: "status", tabindex: "-1" }, says));
      if (this.count) this.querySelector<HTMLElement>("p")?.focus();
      return;
    }
    const left = filled(words.due, { count: this.queue.length + 1 });
    const source = make("p", { class: "quiz-from" }, `${words.from} `, ...this.lesson(sleeper));
    const onward = button(words.next, () => this.next(), "primary");
    onward.hidden = true;
    const question = make("div", {}, ...[...sleeper.cloneNode(true).childNodes]);
    for (const one of question.querySelectorAll<HTMLElement>("yielddb-asleep")) {
      const quiz = document.createElement("yielddb-quiz");
      Object.assign(quiz.dataset, one.dataset);
      one.replaceWith(quiz);
    }
    // a question's parts get their names from its block, and the sleeper has that name already
    for (const block of question.querySelectorAll<HTMLElement>(".block")) block.id += "-due";
    question.addEventListener("yielddb-answered", () => {
      onward.hidden = false;
    });
    this.replaceChildren(make("p", { class: "quiz-left" }, left), source, question, onward);
  }

  private lesson(sleeper: HTMLElement): HTMLElement[] {
    const { href, title } = sleeper.dataset;
    return href ? [make("a", { href }, title ?? href)] : [];
  }
}

/** How many were right at the first try; save, read and forget. */
export class RecordElement extends HTMLElement {
  private readonly update = (): void => this.draw();
  private said = "";

  /** Called by the browser. */
  connectedCallback(): void {
    document.addEventListener(CHANGED, this.update);
    this.draw();
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    document.removeEventListener(CHANGED, this.update);
  }

  private draw(): void {
    const words = wordsFor(this);
    const answers = Object.values(store.read());
    const right = answers.filter((answer) => answer.first).length;
    const input = make("input", { type: "file", accept: "application/json", hidden: true });
    input.addEventListener("change", () => void this.take(input.files?.[0]));
    this.replaceChildren(
      make("p", {}, filled(words.score, { right, all: answers.length })),
      make(
        "div",
        { class: "quiz-buttons" },
        button(words.export, () => this.give()),
        button(words.import, () => input.click()),
        button(words.forget, () => this.forget()),
        input,
      ),
      make("p", { role: "status" }, this.said, store.trouble ? ` ${words[store.trouble]}` : ""),
    );
  }

  private give(): void {
    const blob = new Blob([format(store.read())], { type: "application/json" });
    const href = URL.createObjectURL(blob);
    const link = make("a", { href, download: "yielddb-answers.json" });
    link.click();
    URL.revokeObjectURL(href);
  }

  private async take(file: File | undefined): Promise<void> {
    if (!file) return;
    const words = wordsFor(this);
    try {
      const theirs = parse(await file.text());
      this.said = filled(words.imported, { count: Object.keys(theirs).length });
      store.write(merged(store.read(), theirs));
    } catch (error) {
      if (!(error instanceof NotAnswers)) throw error;
      this.said = filled(words.notAnswers, { why: error.message });
      this.draw();
    }
  }

  private forget(): void {
    if (!confirm(wordsFor(this).sure)) return;
    this.said = "";
    store.write({});
  }
}
