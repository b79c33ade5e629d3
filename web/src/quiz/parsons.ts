/** Lines to put in order and to indent; some do not belong. Buttons and keys do all of it. */

import { button, make } from "./dom.ts";
import { type Judgement, Question } from "./question.ts";
import { filled } from "./words.ts";

interface Line {
  text: string;
  level: number;
}

const DEEPEST = 6;

/** A Parsons problem. */
export class Parsons extends Question {
  private readonly pool = make("ol", { class: "quiz-pool" });
  private readonly program = make("ol", { class: "quiz-program" });
  private readonly told = make("p", { class: "quiz-told", role: "status" });
  private readonly chosen: Line[] = [];
  private lines: string[] = [];
  private locked = false;

  protected build(): void {
    const list = this.block.querySelector<HTMLElement>(".lines");
    if (!list) throw new Error("no lines");
    this.lines = [...list.querySelectorAll("code")].map((code) => code.textContent ?? "");
    list.remove();
    this.form.append(
      make("p", { class: "quiz-heading" }, this.words.lines),
      this.pool,
      make("p", { class: "quiz-heading" }, this.words.program),
      this.program,
      make("p", { class: "quiz-keys" }, this.words.keys),
      this.told,
    );
    this.draw();
  }

  private draw(): void {
    const used = new Set(this.chosen.map((line) => line.text));
    const rest = this.lines.filter((line) => !used.has(line));
    this.pool.replaceChildren(...rest.map((line) => this.poolItem(line)));
    const items = this.chosen.map((line, place) => this.programItem(line, place));
    if (items.length === 0) items.push(make("li", { class: "quiz-empty" }, this.words.empty));
    this.program.replaceChildren(...items);
  }

  private poolItem(text: string): HTMLLIElement {
    const add = make(
      "button",
      {
        type: "button",
        class: "quiz-code",
        "aria-label": `${this.words.add}: ${text}`,
        onclick: () => this.add(text),
      },
      make("code", {}, text),
    );
    add.disabled = this.locked;
    return make("li", { class: "quiz-line" }, add);
  }

  private programItem(line: Line, place: number): HTMLLIElement {
    const code = make(
      "button",
      {
        type: "button",
        class: "quiz-code",
        style: `--level: ${line.level}`,
        "aria-label": this.position(line, place),
        onkeydown: (event: KeyboardEvent) => this.press(event, place),
      },
      make("code", {}, line.text),
    );
    const acts: [string, string, () => void][] = [
      ["↑", this.words.up, () => this.move(place, -1)],
      ["↓", this.words.down, () => this.move(place, 1)],
      ["←", this.words.outdent, () => this.indent(place, -1)],
      ["→", this.words.indent, () => this.indent(place, 1)],
      ["×", this.words.remove, () => this.remove(place)],
    ];
    const tools = acts.map(([sign, label, act]) => {
      const tool = button(sign, act, "tool");
      tool.setAttribute("aria-label", `${label}: ${line.text}`);
      tool.title = label;
      return tool;
    });
    const item = make("li", { class: "quiz-line" }, code, make("span", { class: "quiz-tools" }, ...tools));
    for (const control of item.querySelectorAll("button")) control.disabled = this.locked;
    return item;
  }

  private position(line: Line, place: number): string {
    const facts = { line: line.text, place: place + 1, count: this.chosen.length, level: line.level };
    return filled(this.words.moved, facts);
  }

  private press(event: KeyboardEvent, place: number): void {
    const acts: Record<string, () => void> = {
      ArrowUp: () => this.move(place, -1),
      ArrowDown: () => this.move(place, 1),
      ArrowLeft: () => this.indent(place, -1),
      ArrowRight: () => this.indent(place, 1),
      Delete: () => this.remove(place),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private add(text: string): void {
    const level = this.chosen.at(-1);
    // A line after one that opens a block belongs one level deeper: the usual wish, not the rule.
    this.chosen.push({ text, level: (level?.level ?? 0) + (level?.text.endsWith(":") ? 1 : 0) });
    this.after(this.chosen.length - 1);
  }

  private move(place: number, by: number): void {
    const target = place + by;
    const [line, other] = [this.chosen[place], this.chosen[target]];
    if (!line || !other) return;
    [this.chosen[place], this.chosen[target]] = [other, line];
    this.after(target);
  }

  private indent(place: number, by: number): void {
    const line = this.chosen[place];
    if (!line) return;
    line.level = Math.max(0, Math.min(DEEPEST, line.level + by));
    this.after(place);
  }

  private remove(place: number): void {
    const [line] = this.chosen.splice(place, 1);
    this.draw();
    this.told.textContent = filled(this.words.back, { line: line?.text ?? "" });
    (this.pool.querySelector<HTMLElement>("button") ?? this.form).focus();
  }

  private after(place: number): void {
    this.draw();
    const line = this.chosen[place];
    if (line) this.told.textContent = this.position(line, place);
    this.program.querySelectorAll<HTMLElement>(".quiz-code")[place]?.focus();
  }

  protected judge(): Judgement | string {
    if (this.chosen.length === 0) return this.words.empty;
    const wanted = this.key.lines ?? [];
    for (const [index, line] of this.chosen.entries()) {
      const reply = this.key.distractors?.[line.text];
      const place = index + 1;
      if (reply) {
        const says = filled(this.words.tooMany, { place, line: line.text });
        return { right: false, replies: [says, reply] };
      }
      if (wanted[index]?.line !== line.text) {
        const says = index ? filled(this.words.order, { count: index }) : this.words.orderNone;
        return { right: false, replies: [says] };
      }
      if (wanted[index]?.level !== line.level) {
        return { right: false, replies: [filled(this.words.level, { place })] };
      }
    }
    const right = this.chosen.length === wanted.length;
    return { right, replies: right ? [] : [this.words.short] };
  }

  protected lock(locked: boolean): void {
    this.locked = locked;
    this.draw();
  }
}
