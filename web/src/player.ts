/** `<yielddb-trace>`: one recorded run, step by step. */

import { Asking } from "./asking.ts";
import { Controls, type Reel } from "./controls.ts";
import { h } from "./dom.ts";
import { TraceElement } from "./frame.ts";
import { transcript } from "./panes.ts";
import { question, sameAs, type Question } from "./predict.ts";
import { fetchTrace, templateTrace } from "./source.ts";
import { Stage } from "./stage.ts";
import { Timeline } from "./timeline.ts";
import { parse, type Trace, type TraceEvent } from "./trace.ts";

export class TracePlayer extends TraceElement implements Reel {
  step = 0;
  private given: unknown;
  private stage: Stage | null = null;
  private controls: Controls | null = null;
  private timeline: Timeline | null = null;
  private asking: Asking | null = null;
  private reached = 0;
  private secret = false;
  private answered = new Set<number>();
  private known = new Set<string>();

  /** The trace as an object or as its JSON. */
  set trace(trace: unknown) {
    this.given = trace;
    if (this.isConnected) void this.load();
  }

  get trace(): Trace | null {
    return this.stage?.trace ?? null;
  }

  get length(): number {
    return this.stage?.history.length ?? 0;
  }

  get anchor(): string {
    return this.id;
  }

  get predicting(): boolean {
    return this.secret;
  }

  private async read(): Promise<Trace> {
    if (this.given !== undefined) return parse(this.given);
    const src = this.getAttribute("src");
    return src === null ? templateTrace(this.querySelector("template")) : fetchTrace(src);
  }

  protected async build(): Promise<HTMLElement[]> {
    const trace = await this.read();
    const { words } = this;
    const stage = new Stage(trace, words);
    this.stage = stage;
    this.step = this.reached = 0;
    this.answered.clear();
    this.known.clear();
    this.secret = this.hasAttribute("predict");
    this.timeline = new Timeline(trace, words, (step) => this.go(step));
    this.controls = new Controls(this, words, (playing) => this.busy(playing, stage.status));
    this.asking = new Asking(words, (asked, right) => this.judged(asked, right), () => this.watch());
    const frame = [this.controls.element, this.timeline.element, this.slider(), this.asking.element, stage.element];
    if (trace.title) frame.unshift(h("p", { class: "caption" }, trace.title));
    if (!this.hasTranscript) frame.push(this.text(trace));
    return frame;
  }

  private slider(): HTMLElement {
    return h("div", { class: "slider" }, this.controls!.slider);
  }

  private text(trace: Trace): HTMLElement {
    const body = h("pre", { tabindex: 0 });
    const details = h("details", {}, h("summary", {}, this.words.say("transcript")), body);
    // written when opened: thousands of lines cost nothing before
    details.addEventListener("toggle", () => (body.textContent ||= transcript(trace, this.words)));
    return details;
  }

  protected started(): void {
    this.addEventListener("keydown", this.onKey);
    this.stage?.open();
    this.show();
  }

  protected close(): void {
    this.removeEventListener("keydown", this.onKey);
    this.controls?.stop();
    this.stage?.close();
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.composedPath()[0] !== event.target && this.controls) this.controls.key(event);
  };

  /** Go to a step; while predicting, no further than the next question. */
  go(step: number): void {
    if (!this.stage) return;
    let target = Math.max(0, Math.min(this.length - 1, Math.round(step) || 0));
    if (this.secret) target = Math.min(target, this.limit(target));
    this.reached = Math.max(this.reached, target);
    const held = target === this.step && step > target && this.secret;
    this.step = target;
    this.show();
    if (held) this.asking?.focus();
  }

  protected goTo(step: number): void {
    this.go(step);
  }

  /** The first step on the way that has a question without an answer. */
  private limit(target: number): number {
    for (let at = this.reached; at < target; at++) {
      if (!this.answered.has(at) && this.ask(at)) return at;
    }
    return target;
  }

  /** The question at a step; in a loop nobody is asked again what they knew. */
  private ask(step: number): Question | null {
    const asked = question(this.stage!.trace, this.stage!.history, this.words, step);
    return asked && this.known.has(sameAs(asked)) ? null : asked;
  }

  find(wanted: (event: TraceEvent) => boolean): number {
    const events = this.stage?.trace.events ?? [];
    return events.findIndex((event, step) => step > this.step && wanted(event));
  }

  /** Start or end predicting: what was seen already is not asked. */
  predict(): void {
    this.secret = !this.secret;
    this.reached = this.step;
    this.show();
  }

  private judged(asked: Question, right: boolean): void {
    this.answered.add(this.step);
    if (right) this.known.add(sameAs(asked));
    const detail = { trace: this.id, step: this.step + 1, kind: asked.kind, right };
    this.dispatchEvent(new CustomEvent("yielddb-predict", { detail, bubbles: true, composed: true }));
  }

  private watch(): void {
    this.go(this.step + 1);
    this.controls?.slider.focus();
  }

  private show(): void {
    const { stage, controls, timeline, asking, step, secret } = this;
    if (!stage || !controls || !timeline || !asking) return;
    stage.show(step, secret);
    timeline.show(step, secret);
    controls.show(`${step + 1}: ${stage.description}`);
    if (!this.answered.has(step)) asking.show(secret && step >= this.reached ? this.ask(step) : null);
  }
}
