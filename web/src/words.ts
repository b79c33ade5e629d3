/** What is said, in the language of the page. */

import { brief } from "./change.ts";
import type { Machine } from "./machine.ts";
import type { Trace, TraceEvent } from "./trace.ts";
import { EN, type Table } from "./words/en.ts";

/** Translations come as scripts of their own, so that a page loads the words of its language alone. */
declare global {
  var yielddbWords: Record<string, Table> | undefined;
}

export class Words {
  private readonly table: Record<string, string>;

  constructor(language: string) {
    this.table = globalThis.yielddbWords?.[language.toLowerCase().slice(0, 2)] ?? EN;
  }

  /** The words of the closest `lang` attribute, shadow roots included. */
  static of(element: Element): Words {
    let at: Element | null = element;
    while (at) {
      const near: Element | null = at.closest("[lang]");
      if (near) return new Words(near.getAttribute("lang") ?? "en");
      at = (at.getRootNode() as ShadowRoot).host ?? null;
    }
    return new Words("en");
  }

  say(key: string, values: object = {}): string {
    const words = this.table[key] ?? key;
    return words.replace(/\{(\w+)\}/g, (_, name: string) => String((values as Record<string, unknown>)[name] ?? ""));
  }

  /** One event in words. */
  event(trace: Trace, event: TraceEvent): string {
    const key = event.kind === "session" ? "session event" : event.kind === "state" && event.expired ? "state expired" : event.kind;
    if (!EVENTS.has(event.kind)) return this.say("unknown", { kind: event.kind });
    const sent = trace.requests.find((one) => one.number === event.request);
    const words = this.say(key, {
      function: "?",
      method: sent?.method,
      path: sent?.path,
      ...event,
      value: event.value?.repr ?? "None",
      brief: event.statement === undefined ? "SQL" : brief(event.statement),
    });
    if (event.kind === "sql" && event.rows != null) return `${words}; ${this.say("rows", event)}`;
    return words;
  }

  /** The machine in sentences, for those who do not see the picture. */
  machine(machine: Machine): string {
    const all = [...machine.connections.values()].filter((one) => one.open);
    const open = all.filter((one) => one.transaction).map((one) => one.id);
    const sessions = [...machine.sessions.values()].filter((one) => one.open).map((one) => one.id);
    const objects = [...machine.objects.values()].slice(-8).map((one) => `${one.name}: ${one.state}${one.expired ? ", expired" : ""}`);
    return [
      this.say("say pool", { count: machine.checkedOut, all: all.length }),
      open.length && this.say("say tx", { list: open.join(", ") }),
      sessions.length && this.say("say session", { list: sessions.join(", ") }),
      objects.length && `${objects.join("; ")}.`,
    ]
      .filter(Boolean)
      .join(" ");
  }
}

const EVENTS = new Set([
  "line", "call", "return", "suspend", "resume", "exception", "request", "response", "finished", "dependency enter",
  "dependency exit", "background", "background end", "startup", "shutdown", "connect", "checkout", "checkin",
  "disconnect", "dispose", "begin", "commit", "rollback", "savepoint", "release savepoint", "rollback savepoint",
  "sql", "session", "session close", "state", "cut",
]);
