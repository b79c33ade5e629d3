/** A question whose answer is typed. */

import { make } from "./dom.ts";
import { normalised } from "./key.ts";
import { type Judgement, Question } from "./question.ts";

/** One line of text, compared without regard to case, spaces and quotes. */
export class FillIn extends Question {
  private readonly input = make("input", {
    type: "text",
    class: "quiz-input",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: "200",
  });

  protected build(): void {
    this.form.append(
      make("label", { class: "quiz-label" }, `${this.words.answer} `, this.input),
    );
  }

  protected judge(): Judgement | string {
    const given = normalised(this.input.value);
    if (given === "") return this.words.type;
    const right = (this.key.answers ?? []).map(normalised).includes(given);
    // The reason names the answer, so it is for those who have found it.
    return { right, replies: right ? [{ right: true, why: this.key.why ?? "" }] : [] };
  }

  protected lock(locked: boolean): void {
    this.input.disabled = locked;
  }
}
