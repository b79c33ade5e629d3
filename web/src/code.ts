/** The code pane: the current line, lines already run and lines to come. */

import { h, set } from "./dom.ts";
import type { Frame } from "./machine.ts";
import { tokens } from "./python.ts";
import { lines, type Trace, type TraceEvent } from "./trace.ts";
import type { Words } from "./words.ts";

interface File {
  view: HTMLElement;
  tab: HTMLElement;
  rows: HTMLElement[];
  /** The step at which each line is first about to run. */
  first: number[];
  marked: HTMLElement[];
}

export class CodePane {
  readonly element: HTMLElement;
  private readonly files: File[];
  private readonly scroller: HTMLElement;
  private shown = -1;
  private current: HTMLElement | undefined;

  constructor(
    private readonly trace: Trace,
    words: Words,
  ) {
    this.files = trace.files.map((_, index) => this.file(index));
    this.scroller = h("div", { class: "scroll code", tabindex: 0, role: "group", "aria-label": words.say("code") });
    const tabs = h("div", { class: "tabs", hidden: this.files.length < 2 }, ...this.files.map((one) => one.tab));
    this.element = h("section", { class: "pane code-pane" }, tabs, this.scroller);
    this.open(0);
  }

  private file(index: number): File {
    const source = lines(this.trace, index);
    const coloured = tokens(source.join("\n"));
    const rows = source.map((_, number) =>
      h(
        "span",
        { class: "row", "data-n": number + 1 },
        ...(coloured[number] ?? []).map((one) => (one.kind ? h("span", { class: `t-${one.kind}` }, one.text) : one.text)),
      ),
    );
    const first = new Array<number>(source.length).fill(Infinity);
    this.trace.events.forEach((event, step) => {
      if ((event.file ?? 0) !== index || event.line === undefined) return;
      first[event.line - 1] = Math.min(first[event.line - 1] ?? Infinity, step);
    });
    const tab = h(
      "button",
      { type: "button", class: "tab", onclick: () => this.open(index) },
      this.trace.files[index]!.path,
    );
    return { view: h("pre", {}, h("code", {}, ...rows)), tab, rows, first, marked: [] };
  }

  private open(index: number): void {
    if (index === this.shown || !this.files[index]) return;
    this.shown = index;
    this.files.forEach((one, number) => set(one.tab, "aria-pressed", number === index ? "true" : "false"));
    this.scroller.replaceChildren(this.files[index].view);
  }

  /** Mark the lines for one step; `secret` keeps the lines to come to itself. */
  show(step: number, event: TraceEvent, stack: Frame[], secret: boolean): void {
    const file = event.line !== undefined ? (event.file ?? 0) : stack[0]?.file;
    const line = event.line ?? stack[0]?.line;
    for (const one of this.files) this.visited(one, step, secret);
    if (file === undefined || line === undefined) return;
    this.open(file);
    for (const frame of stack.slice(1)) this.mark(frame.file, frame.line, "caller");
    this.mark(file, line, event.kind === "exception" ? "now raised" : stack[0]?.paused ? "caller" : "now");
    this.current = this.files[file]?.rows[line - 1];
  }

  private visited(file: File, step: number, secret: boolean): void {
    for (const row of file.marked) set(row, "aria-current", null);
    file.marked = [];
    file.rows.forEach((row, index) => {
      const first = file.first[index]!;
      const seen = first <= step ? " was" : first < Infinity && !secret ? " will" : "";
      set(row, "class", `row${seen}`);
    });
  }

  private mark(file: number, line: number, name: string): void {
    const row = this.files[file]?.rows[line - 1];
    if (!row || row.hasAttribute("aria-current")) return;
    row.className += ` ${name}`;
    if (name === "caller") return;
    set(row, "aria-current", "step");
    this.files[file]!.marked.push(row);
  }

  /** Where to scroll the pane, never the page; null where the line is in sight. */
  aim(): number | null {
    if (!this.current) return null;
    const { scrollTop, clientHeight } = this.scroller;
    const top = this.current.offsetTop; // the pane is its offset parent
    const margin = this.current.offsetHeight * 2;
    if (top - margin >= scrollTop && top + margin * 1.5 <= scrollTop + clientHeight) return null;
    return Math.max(0, top - clientHeight / 2.5);
  }

  scroll(top: number): void {
    this.scroller.scrollTop = top;
  }
}
