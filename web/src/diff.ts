/** `<yielddb-trace-diff>`: two runs side by side, aligned at the first difference. */

import { align, type Alignment } from "./align.ts";
import { Controls, type Reel } from "./controls.ts";
import { h, set } from "./dom.ts";
import { TraceElement } from "./frame.ts";
import { transcript } from "./panes.ts";
import { fetchTrace, templateTrace } from "./source.ts";
import { Stage } from "./stage.ts";
import { Fault, type Trace, type TraceEvent } from "./trace.ts";

export class TraceDiff extends TraceElement implements Reel {
  step = 0;
  readonly predicting = null;
  private stages: [Stage, Stage] | null = null;
  private alignment: Alignment = { pairs: [], first: -1 };
  private controls: Controls | null = null;
  private verdict = h("span");
  private mark = h("span", { class: "mark" });

  get length(): number {
    return this.alignment.pairs.length;
  }

  get anchor(): string {
    return this.id;
  }

  predict(): void {
    // two runs side by side show what a prediction would hide
  }

  private async read(): Promise<[Trace, Trace]> {
    const templates = this.querySelectorAll("template");
    const [left, right] = [this.getAttribute("left"), this.getAttribute("right")];
    if (left !== null && right !== null) return Promise.all([fetchTrace(left), fetchTrace(right)]);
    if (templates.length !== 2) throw new Fault("faultPair");
    return [templateTrace(templates[0]), templateTrace(templates[1])];
  }

  protected async build(): Promise<HTMLElement[]> {
    const { words } = this;
    const [left, right] = await this.read();
    this.step = 0;
    this.alignment = align(left, right);
    const stages: [Stage, Stage] = [new Stage(left, words), new Stage(right, words)];
    this.stages = stages;
    this.controls = new Controls(this, words, (playing) => this.busy(playing, ...stages.map((one) => one.status)));
    const sides = stages.map((one, side) =>
      h("div", { class: `side ${side ? "second" : "first"}` }, h("p", { class: "caption" }, one.trace.title ?? `${side + 1}`), one.element),
    );
    const frame = [
      this.controls.element,
      h("div", { class: "slider" }, this.mark, this.controls.slider),
      this.difference(),
      h("div", { class: "sides" }, ...sides),
    ];
    if (!this.hasTranscript) frame.push(...stages.map((one) => this.text(one.trace)));
    return frame;
  }

  private difference(): HTMLElement {
    const { first } = this.alignment;
    this.verdict = h("span", { role: "status" });
    const button =
      first >= 0 &&
      h("button", { type: "button", class: "button primary", onclick: () => this.jump(first) }, this.words.say("toDifference"));
    return h("div", { class: "difference" }, button, this.verdict);
  }

  private jump(step: number): void {
    this.controls?.stop();
    this.go(step);
  }

  private text(trace: Trace): HTMLElement {
    const body = h("pre", { tabindex: 0 });
    const details = h("details", {}, h("summary", {}, `${this.words.say("transcript")}: ${trace.title ?? ""}`), body);
    details.addEventListener("toggle", () => (body.textContent ||= transcript(trace, this.words)));
    return details;
  }

  protected started(): void {
    this.addEventListener("keydown", this.onKey);
    this.stages?.forEach((one) => one.open());
    const { first } = this.alignment;
    this.mark.hidden = first < 0;
    this.mark.style.setProperty("--at", String(first / Math.max(1, this.length - 1)));
    this.show();
  }

  protected close(): void {
    this.removeEventListener("keydown", this.onKey);
    this.controls?.stop();
    this.stages?.forEach((one) => one.close());
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.composedPath()[0] !== event.target && this.controls) this.controls.key(event);
  };

  go(step: number): void {
    if (!this.stages) return;
    this.step = Math.max(0, Math.min(this.length - 1, Math.round(step) || 0));
    this.show();
  }

  protected goTo(step: number): void {
    this.go(step);
  }

  find(wanted: (event: TraceEvent) => boolean): number {
    const { stages } = this;
    if (!stages) return -1;
    const here = this.alignment.pairs[this.step]!;
    return this.alignment.pairs.findIndex(
      (pair, step) =>
        step > this.step && pair.some((at, side) => at !== here[side] && at > here[side]! && wanted(stages[side]!.trace.events[at]!)),
    );
  }

  private show(): void {
    const { stages, controls, step } = this;
    if (!stages || !controls) return;
    const { first, pairs } = this.alignment;
    stages.forEach((one, side) => {
      one.show(pairs[step]![side]!, false);
      const still = step > 0 && pairs[step]![side] === pairs[step - 1]![side];
      set(one.element.parentElement!, "data-still", still);
    });
    const word = first < 0 ? "same" : step < first ? "together" : step === first ? "difference" : "apart";
    this.verdict.textContent = this.words.say(word);
    set(this.verdict, "class", word);
    controls.show(`${step + 1}: ${stages.map((one) => one.description).join(" | ")}`);
  }
}
