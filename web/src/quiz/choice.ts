/** One right option or several; a prediction is a choice whose options are outputs. */

import { make } from "./dom.ts";
import type { Reply } from "./key.ts";
import { type Judgement, Question } from "./question.ts";
import { seedOf, shuffled } from "./shuffle.ts";

/** A question whose options stand in the page as a list. */
export class Choice extends Question {
  private inputs: HTMLInputElement[] = [];

  private get replies(): Reply[] {
    return this.key.options ?? [];
  }

  private get several(): boolean {
    return this.replies.filter((reply) => reply.right).length > 1;
  }

  protected build(): void {
    const list = this.block.querySelector<HTMLElement>(".options");
    if (!list) throw new Error("no options");
    const items = [...list.children] as HTMLElement[];
    if (items.length !== this.replies.length) throw new Error("options without replies");
    list.setAttribute("role", this.several ? "group" : "radiogroup");
    const ask = this.block.querySelector<HTMLElement>(".ask");
    if (ask) {
      ask.id ||= `${this.block.id}-ask`;
      list.setAttribute("aria-labelledby", ask.id);
    }
    this.inputs = items.map((item, place) => this.option(item, place));
    const seed = Number(this.host.dataset.seed ?? seedOf(this.name));
    list.append(...shuffled(items, seed));
    this.form.append(list);
  }

  private option(item: HTMLElement, place: number): HTMLInputElement {
    const input = make("input", {
      type: this.several ? "checkbox" : "radio",
      name: `quiz-${this.name}`,
      value: String(place),
    });
    const text = make("span", { class: "quiz-text" }, ...item.childNodes);
    // A block of code is no phrasing content, so it can't stand in a label: it is its own name.
    text.id = `${this.block.id}-option-${place}`;
    input.setAttribute("aria-labelledby", text.id);
    text.addEventListener("click", (event) => {
      if (input.disabled || (event.target as Element).closest("a")) return;
      input.click();
      input.focus();
    });
    item.replaceChildren(input, text);
    item.setAttribute("role", "presentation");
    return input;
  }

  protected judge(): Judgement | string {
    const chosen = this.inputs.map((input) => input.checked);
    if (!chosen.includes(true)) return this.words.choose;
    const right = this.replies.every((reply, place) => Boolean(reply.right) === chosen[place]);
    const replies: (Reply | string)[] = this.replies.filter((_, place) => chosen[place]);
    const clean = this.replies.every((reply, place) => !chosen[place] || reply.right);
    if (clean && !right) replies.push(this.words.missing);
    this.mark(chosen);
    return { right, replies };
  }

  private mark(chosen: boolean[]): void {
    this.inputs.forEach((input, place) => {
      const item = input.parentElement;
      item?.classList.remove("right", "wrong");
      if (chosen[place]) item?.classList.add(this.replies[place]?.right ? "right" : "wrong");
    });
  }

  protected lock(locked: boolean): void {
    for (const input of this.inputs) {
      input.disabled = locked;
      if (!locked) {
        input.checked = false;
        input.parentElement?.classList.remove("right", "wrong");
      }
    }
  }
}
