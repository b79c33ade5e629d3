/** The panes of text: variables with the call stack, the log of SQL, request and answer, the request's path. */

import { cut, h, set } from "./dom.ts";
import { callStack, pausedFrames, type Frame, type Machine, type OrmObject } from "./machine.ts";
import type { Trace, TraceEvent } from "./trace.ts";
import type { Words } from "./words.ts";

const SHOWN = 30; // statements in the log at once: bounds the time of a step
const BOTTOM = 1e6; // px: further down than any log reaches
const BODY = 400; // characters of a body in its pane

function pane(name: string, title: string, ...content: HTMLElement[]): HTMLElement {
  return h("section", { class: `pane ${name}` }, h("p", { class: "name" }, title), ...content);
}

/** The state of a mapped object as a badge; the words are SQLAlchemy's own. */
export function badge(one: OrmObject): HTMLElement {
  return h("span", { class: `badge s-${one.state}` }, one.expired ? `${one.state}, expired` : one.state);
}

export class VariablesPane {
  readonly element: HTMLElement;
  private readonly body = h("div", { class: "scroll stack", tabindex: 0, role: "group" });

  constructor(private readonly words: Words) {
    this.body.setAttribute("aria-label", words.say("variables"));
    this.element = pane("variables", words.say("variables"), this.body);
  }

  show(machine: Machine): void {
    const stack = callStack(machine);
    const paused = pausedFrames(machine);
    this.body.replaceChildren(
      ...stack.map((frame, index) => this.frame(machine, frame, index === 0)),
      ...paused.map((frame) => this.frame(machine, frame, false)),
    );
    if (!stack.length && !paused.length) this.body.append(h("p", { class: "quiet" }, this.words.say("noFrame")));
  }

  private frame(machine: Machine, frame: Frame, top: boolean): HTMLElement {
    const where = frame.paused ? this.words.say("paused", { line: frame.line }) : this.words.say("atLine", { line: frame.line });
    const head = h("p", { class: top ? "frame top" : "frame" }, h("b", {}, frame.function), ` ${where}`);
    if (!top && !frame.paused) return head;
    const rows = [...frame.vars].map(([name, one]) => this.row(machine, name, one.value, one.changed === machine.step));
    return h("div", {}, head, rows.length > 0 && h("table", {}, h("tbody", {}, ...rows)));
  }

  private row(
    machine: Machine,
    name: string,
    value: { type: string; repr: string; object?: string },
    fresh: boolean,
  ): HTMLElement {
    const mapped = value.object ? machine.objects.get(value.object) : undefined;
    return h(
      "tr",
      { class: fresh ? "fresh" : "" },
      h("th", { scope: "row" }, name, fresh && h("span", { class: "sr" }, ` (${this.words.say("changed")})`)),
      h("td", { title: value.type }, h("code", {}, value.repr), mapped && " ", mapped && badge(mapped)),
    );
  }
}

const LOGGED = new Set(["sql", "begin", "commit", "rollback", "savepoint", "release savepoint", "rollback savepoint"]);
const SQL_WORD =
  /\b(SELECT|INSERT|INTO|VALUES|UPDATE|SET|DELETE|FROM|WHERE|AND|OR|ORDER BY|GROUP BY|LIMIT|OFFSET|JOIN|LEFT|OUTER|ON|AS|RETURNING|CREATE|TABLE|PRIMARY KEY|NOT NULL|UNIQUE|INDEX|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|NULL|IN|IS|NOT|COUNT)\b/;

/** A statement with its keywords in bold. */
export function sql(statement: string): HTMLElement {
  const parts = statement.split(SQL_WORD);
  return h("code", {}, ...parts.map((part, index) => (index % 2 ? h("b", {}, part) : part)));
}

export class LogPane {
  readonly element: HTMLElement;
  private readonly list = h("ol");
  private readonly earlier = h("p", { class: "quiet" });
  private readonly body: HTMLElement;
  private readonly steps: number[] = [];
  private entries = new Map<number, HTMLElement>();

  constructor(
    private readonly trace: Trace,
    private readonly words: Words,
  ) {
    trace.events.forEach((event, step) => LOGGED.has(event.kind) && this.steps.push(step));
    this.body = h(
      "div",
      { class: "scroll log", tabindex: 0, role: "group", "aria-label": words.say("log") },
      this.earlier,
      this.list,
    );
    this.element = pane("sql", words.say("log"), this.body);
  }

  show(step: number): void {
    const past = this.steps.filter((one) => one <= step);
    const hidden = Math.max(0, past.length - SHOWN);
    this.earlier.textContent = hidden ? this.words.say("earlier", { count: hidden }) : past.length ? "" : this.words.say("noSql");
    const shown = past.slice(hidden);
    const kept = shown.map((one) => this.entries.get(one) ?? this.entry(one));
    this.entries = new Map(shown.map((one, index) => [one, kept[index]!]));
    kept.forEach((one, index) => set(one, "aria-current", shown[index] === step ? "step" : null));
    if (this.list.lastChild !== kept.at(-1) || this.list.childElementCount !== kept.length) this.list.replaceChildren(...kept);
  }

  toEnd(): void {
    this.body.scrollTop = BOTTOM;
  }

  private entry(step: number): HTMLElement {
    const event = this.trace.events[step]!;
    const rows = event.rows == null ? null : this.words.say("rows", { rows: event.rows });
    const text = event.kind === "sql" ? (event.statement ?? "") : `${event.kind.toUpperCase()} ${event.name ?? ""}`.trim();
    return h(
      "li",
      { class: event.kind === "sql" ? "" : "tx" },
      sql(text),
      event.parameters ? h("span", { class: "with" }, event.parameters) : null,
      rows && h("span", { class: "with" }, rows),
    );
  }
}

export class RequestPane {
  readonly element: HTMLElement;
  private readonly body = h("div", { class: "scroll exchange", tabindex: 0, role: "group" });

  constructor(
    private readonly trace: Trace,
    private readonly words: Words,
  ) {
    this.body.setAttribute("aria-label", words.say("exchange"));
    this.element = pane("request", words.say("exchange"), this.body);
  }

  show(machine: Machine): void {
    const request = this.trace.requests.find((one) => one.number === machine.request);
    const answer = machine.request === undefined ? undefined : machine.requests.get(machine.request);
    if (!request || !answer) {
      this.body.replaceChildren(h("p", { class: "quiet" }, this.words.say("noRequest")));
      return;
    }
    const sent = request.body == null ? "" : typeof request.body === "string" ? request.body : JSON.stringify(request.body);
    const answered = answer.stage !== "in";
    const status = answer.status ?? request.status;
    this.body.replaceChildren(
      h("p", {}, h("b", {}, `${request.method} ${request.path}`)),
      sent ? h("pre", {}, cut(sent, BODY)) : "",
      h("p", { class: answered ? "answered" : "quiet" }, answered ? `${this.words.say("answer")} ${status ?? ""}` : this.words.say("noAnswer")),
      answered && (request.answer || request.error) ? h("pre", {}, cut(request.answer || request.error || "", BODY)) : "",
      h("p", { class: "quiet" }, answer.stage === "answered" ? this.words.say("stillRuns") : answer.stage === "over" ? this.words.say("over") : ""),
    );
  }
}

const STAGES = new Set(["request", "dependency enter", "dependency exit", "response", "background", "background end", "finished"]);

interface Station {
  step: number;
  text: string;
  kind: string;
}

/** The path of one request, in the order in which this very run took it. */
export class RailPane {
  readonly element: HTMLElement;
  private readonly stations = new Map<number, Station[]>();

  constructor(
    trace: Trace,
    private readonly words: Words,
  ) {
    this.element = h("ol", { class: "rail", "aria-label": words.say("rail") });
    const inside = new Set(trace.events.filter((one) => one.kind === "dependency enter").map((one) => one.function));
    const called = new Set<number>();
    trace.events.forEach((event, step) => {
      if (event.request === undefined) return;
      const route = event.kind === "call" && !called.has(event.request) && !inside.has(event.function);
      if (route) called.add(event.request);
      if (!route && !STAGES.has(event.kind)) return;
      const one = { step, text: this.text(event, route), kind: event.kind };
      this.stations.set(event.request, [...(this.stations.get(event.request) ?? []), one]);
    });
  }

  private text(event: TraceEvent, route: boolean): string {
    return route ? `${event.function}()` : this.words.say(`rail ${event.kind}`, { ...event, function: event.function ?? "" });
  }

  show(machine: Machine, secret: boolean): void {
    const all = this.stations.get(machine.request ?? -1) ?? [];
    const shown = all.filter((one) => !secret || one.step <= machine.step);
    const current = shown.findLast((one) => one.step <= machine.step);
    this.element.replaceChildren(
      ...shown.map((one) =>
        h(
          "li",
          {
            class: `${one.kind.replace(" ", "-")}${one.step <= machine.step ? " reached" : ""}`,
            "aria-current": one === current ? "step" : null,
          },
          one.text,
        ),
      ),
    );
  }
}

/** The whole trace as text, one line per event, for those who read rather than step. */
export function transcript(trace: Trace, words: Words): string {
  const width = String(trace.events.length).length;
  return trace.events
    .map((event, step) => {
      const request = event.request === undefined ? "" : ` [${event.request}]`;
      return `${String(step + 1).padStart(width)}${request} ${words.event(trace, event)}`;
    })
    .join("\n");
}
