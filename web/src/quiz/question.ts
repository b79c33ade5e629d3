/** What all questions share: the check button, the replies, and what is remembered. */

import { button, made, make } from "./dom.ts";
import { beliefPage, type Key, type Reply, stepPage } from "./key.ts";
import { answered } from "./schedule.ts";
import { store } from "./store.ts";
import { filled, type Words } from "./words.ts";

/** The judgement of one try. */
export interface Judgement {
  right: boolean;
  /** Sentences, or HTML made by the build, in the order in which they are shown. */
  replies: (Reply | string)[];
}

/** One question on the page; subclasses add the part that is answered. */
export abstract class Question {
  protected readonly form: HTMLFormElement;
  protected readonly feedback: HTMLElement;
  private readonly submit: HTMLButtonElement;
  private readonly again: HTMLButtonElement;

  constructor(
    protected readonly host: HTMLElement,
    protected readonly block: HTMLElement,
    protected readonly key: Key,
    protected readonly words: Words,
    protected readonly name: string,
  ) {
    this.feedback = make("div", { class: "quiz-feedback", role: "status" });
    this.submit = make("button", { class: "quiz-button primary", type: "submit" }, words.check);
    this.again = button(words.again, () => this.retry());
    this.again.hidden = true;
    this.form = make("form", { class: "quiz-form", onsubmit: (event: Event) => this.check(event) });
    this.form.noValidate = true;
  }

  /** Put the question on the page. */
  show(): void {
    this.build();
    const row = make("div", { class: "quiz-buttons" }, this.submit, this.again);
    this.form.append(row, this.feedback);
    this.host.append(this.form);
    this.remember();
  }

  /** Add what the reader answers with. */
  protected abstract build(): void;
  /** The judgement of what was given, or a sentence that says what is missing. */
  protected abstract judge(): Judgement | string;
  /** Make the inputs usable again, or not. */
  protected abstract lock(locked: boolean): void;

  private check(event: Event): void {
    event.preventDefault();
    const judgement = this.judge();
    if (typeof judgement === "string") {
      this.feedback.replaceChildren(make("p", {}, judgement));
      return;
    }
    this.lock(true);
    this.submit.hidden = true;
    this.again.hidden = judgement.right;
    this.say(judgement);
    this.keep(judgement);
    if (!judgement.right) this.again.focus();
  }

  private retry(): void {
    this.lock(false);
    this.submit.hidden = false;
    this.again.hidden = true;
    this.feedback.replaceChildren();
    this.form.querySelector<HTMLElement>("input, .quiz-line button")?.focus();
  }

  private say({ right, replies }: Judgement): void {
    const verdict = right ? this.words.right : this.words.wrong;
    const look = right ? "right" : "wrong";
    this.feedback.replaceChildren(
      make("p", { class: `quiz-verdict ${look}` }, verdict),
      ...replies.map((reply) => this.reply(reply)),
      ...this.trouble(),
    );
  }

  private reply(reply: Reply | string): HTMLElement {
    if (typeof reply === "string") return make("p", {}, reply);
    const block = make("div", { class: `quiz-reply ${reply.right ? "right" : "wrong"}` });
    block.append(made(reply.why));
    const links: HTMLElement[] = [];
    const slug = this.name.split(".")[0] ?? "";
    if (reply.see) links.push(make("a", { href: stepPage(slug, reply.see) }, this.words.see));
    if (reply.misconception) {
      const href = beliefPage(reply.misconception);
      links.push(make("a", { href }, this.words.misconception));
    }
    if (links.length > 0) block.append(make("p", { class: "quiz-links" }, ...links));
    return block;
  }

  private keep({ right, replies }: Judgement): void {
    const beliefs = replies.flatMap((reply) =>
      typeof reply === "object" && reply.misconception ? [reply.misconception] : [],
    );
    const before = store.read()[this.name];
    store.keep(this.name, answered(before, right, beliefs, new Date()));
    this.feedback.append(...this.trouble());
    this.host.dispatchEvent(new CustomEvent("yielddb-answered", { bubbles: true, detail: right }));
  }

  private trouble(): HTMLElement[] {
    const { trouble } = store;
    if (!trouble || this.feedback.querySelector(".quiz-trouble")) return [];
    return [make("p", { class: "quiz-trouble" }, this.words[trouble])];
  }

  private remember(): void {
    const before = store.read()[this.name];
    if (!before) return;
    const state = before.right ? this.words.seenRight : this.words.seenWrong;
    this.feedback.append(
      make("p", { class: "quiz-seen" }, filled(this.words.seen, { state })),
      ...this.trouble(),
    );
  }
}
