/** Everything that one trace shows at one step: the picture, the code and the panes around it. */

import { CodePane } from "./code.ts";
import { h, set } from "./dom.ts";
import { callStack, History, pausedFrames, type Frame } from "./machine.ts";
import { LogPane, RailPane, RequestPane, VariablesPane } from "./panes.ts";
import { Picture } from "./picture.ts";
import { sourceLine, type Trace } from "./trace.ts";
import type { Words } from "./words.ts";

export class Stage {
  readonly history: History;
  readonly element: HTMLElement;
  readonly status: HTMLElement;
  /** The step in words, as the status line says it. */
  description = "";
  private readonly rail: RailPane;
  private readonly picture: Picture;
  private readonly code: CodePane;
  private readonly variables: VariablesPane;
  private readonly log: LogPane;
  private readonly request: RequestPane;
  private readonly watcher: ResizeObserver;
  private shown: [number, boolean] = [0, false];

  constructor(
    readonly trace: Trace,
    private readonly words: Words,
  ) {
    this.history = new History(trace);
    this.status = h("p", { class: "status", role: "status", "aria-live": "polite" });
    this.rail = new RailPane(trace, words);
    this.picture = new Picture(trace, this.history, words);
    this.code = new CodePane(trace, words);
    this.variables = new VariablesPane(words);
    this.log = new LogPane(trace, words);
    this.request = new RequestPane(trace, words);
    const panes = [this.picture, this.code, this.variables, this.log, this.request];
    this.element = h(
      "div",
      { class: "stage" },
      this.status,
      this.rail.element,
      h("div", { class: "panes" }, ...panes.map((one) => one.element)),
    );
    this.watcher = new ResizeObserver(([entry]) => {
      if (entry && this.picture.resize(entry.contentRect.width)) this.show(...this.shown);
    });
  }

  /** Follow the width of the picture; `close` ends it. */
  open(): void {
    this.picture.resize(this.picture.element.clientWidth);
    this.watcher.observe(this.picture.element);
  }

  close(): void {
    this.watcher.disconnect();
  }

  /** Draw one step; `secret` shows nothing of what is to come. */
  show(step: number, secret: boolean): void {
    this.shown = [step, secret];
    const event = this.trace.events[step]!;
    const machine = this.history.at(step);
    this.say(step, callStack(machine)[0]);
    this.rail.show(machine, secret);
    this.picture.show(machine, event);
    const stack = callStack(machine);
    this.code.show(step, event, stack.length ? stack : pausedFrames(machine), secret);
    this.variables.show(machine);
    this.log.show(step);
    this.request.show(machine);
    // read once, then write: each read between two writes would cost a layout
    const aim = this.code.aim();
    if (aim !== null) this.code.scroll(aim);
    this.log.toEnd();
  }

  /** The event in words, after the line of code that made it happen. */
  private say(step: number, top: Frame | undefined): void {
    const event = this.trace.events[step]!;
    const code = sourceLine(this.trace, event.line === undefined && top ? { ...event, file: top.file, line: top.line } : event);
    const words = this.words.event(this.trace, event);
    this.description = code ? `${code}: ${words}` : words;
    const kind = event.kind.replaceAll(" ", "-");
    set(this.status, "class", `status e-${kind}`);
    this.status.replaceChildren(...(code ? [h("code", {}, code), " "] : []), words);
  }
}
