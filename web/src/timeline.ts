/** All events over all steps, one row per lane: what happened when, and where we are. */

import { h, s, set } from "./dom.ts";
import type { Trace } from "./trace.ts";
import type { Words } from "./words.ts";

const ROW = 14; // px per lane
const WIDTH = 1000; // units across; the drawing is stretched to the width at hand
const GROUPS: Record<string, string> = {
  sql: "sql",
  begin: "begin",
  commit: "commit",
  rollback: "rollback",
  request: "request",
  response: "response",
  finished: "request",
  exception: "rollback",
  checkout: "pool",
  checkin: "pool",
  state: "state",
};

export class Timeline {
  readonly element: HTMLElement;
  private readonly cursor: SVGElement;
  private readonly veil: SVGElement;
  private readonly length: number;

  constructor(trace: Trace, words: Words, go: (step: number) => void) {
    this.length = trace.events.length;
    const lanes = Math.max(1, trace.lanes.length);
    const height = lanes * ROW;
    this.cursor = s("rect", { class: "cursor", y: 0, width: 3, height });
    this.veil = s("rect", { class: "veil", y: 0, width: 0, height });
    const drawing = s(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", style: `height:${height}px`, "aria-hidden": "true" },
      ...this.ticks(trace),
      this.veil,
      this.cursor,
    );
    drawing.addEventListener("click", (event) => {
      const box = drawing.getBoundingClientRect();
      go(Math.round(((event.clientX - box.left) / box.width) * (this.length - 1)));
    });
    const labels = trace.lanes.length > 1 && h("div", { class: "lanes" }, ...trace.lanes.map((one) => h("span", {}, one)));
    this.element = h("div", { class: "timeline", title: words.say("timeline") }, labels, drawing as unknown as HTMLElement);
  }

  /** One path per group of kinds: thousands of events stay a dozen nodes. */
  private ticks(trace: Trace): SVGElement[] {
    const paths = new Map<string, Set<string>>();
    let lane = 0;
    trace.events.forEach((event, step) => {
      lane = event.lane ?? lane;
      const group = GROUPS[event.kind] ?? "line";
      const inset = group === "line" ? 5 : group === "state" || group === "pool" ? 3 : 1;
      const at = `M${this.x(step).toFixed(1)} ${lane * ROW + inset}v${ROW - 2 * inset}`;
      paths.set(group, (paths.get(group) ?? new Set()).add(at));
    });
    return [...paths].map(([group, moves]) => s("path", { class: `tick k-${group}`, d: [...moves].join("") }));
  }

  private x(step: number): number {
    return 2 + (step / Math.max(1, this.length - 1)) * (WIDTH - 4);
  }

  show(step: number, secret: boolean): void {
    set(this.cursor, "x", this.x(step) - 1.5);
    set(this.veil, "x", this.x(step) + 1.5);
    set(this.veil, "width", secret ? WIDTH : 0);
  }
}
