/** The question in front of the next step, and what the reader made of it. */

import { h } from "./dom.ts";
import type { Question } from "./predict.ts";
import type { Words } from "./words.ts";

export class Asking {
  readonly element: HTMLElement;
  private shown: Question | null = null;
  private right = 0;
  private asked = 0;
  private readonly score = h("span", { class: "score" });
  private readonly body = h("div");

  constructor(
    private readonly words: Words,
    private readonly onAnswer: (question: Question, right: boolean) => void,
    private readonly onGo: () => void,
  ) {
    this.element = h(
      "div",
      { class: "asking", role: "group", hidden: true, "aria-label": words.say("ask") },
      h("p", { class: "ask-head" }, h("b", {}, words.say("ask")), this.score),
      this.body,
    );
  }

  /** Ask, or be silent. */
  show(question: Question | null): void {
    this.element.hidden = question === null;
    if (question === this.shown) return;
    this.shown = question;
    if (question) this.body.replaceChildren(this.form(question));
  }

  focus(): void {
    this.body.querySelector<HTMLElement>("input, button")?.focus();
  }

  private form(question: Question): HTMLElement {
    const options = question.options.map((text, index) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "answer", value: index, required: true }),
        question.code ? h("code", {}, text) : text,
      ),
    );
    const form = h(
      "form",
      {},
      h("fieldset", {}, h("legend", {}, h("code", {}, question.about), " ", question.ask), ...options),
      h("button", { class: "button primary" }, this.words.say("answerIt")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.judge(question, question.options[Number(new FormData(form).get("answer"))]!);
    });
    return form;
  }

  private judge(question: Question, answer: string): void {
    const right = answer === question.truth;
    this.asked++;
    if (right) this.right++;
    this.score.textContent = this.words.say("score", { right: this.right, asked: this.asked });
    const verdict = right ? this.words.say("right") : this.words.say("wrong", { truth: question.truth });
    const go = h("button", { type: "button", class: "button primary", "aria-describedby": "verdict", onclick: this.onGo }, this.words.say("go"));
    this.body.replaceChildren(
      h("p", {}, h("code", {}, question.about), " ", question.ask),
      h("p", { id: "verdict", class: right ? "verdict right" : "verdict wrong", role: "status" }, h("b", {}, right ? "✓ " : "✗ "), verdict),
      go,
    );
    this.onAnswer(question, right);
    go.focus();
  }
}
