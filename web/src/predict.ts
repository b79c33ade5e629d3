/** Questions about what happens next. Their answers lie in the trace; none is stored. */

import { brief } from "./change.ts";
import type { History } from "./machine.ts";
import { lines, sourceLine, type Trace, type TraceEvent } from "./trace.ts";
import type { Words } from "./words.ts";

export interface Question {
  /** The code that is about to run. */
  about: string;
  kind: "line" | "pool" | "state" | "sql" | "order";
  ask: string;
  options: string[];
  truth: string;
  /** Options are code or states rather than sentences. */
  code: boolean;
}

const OPTIONS = 4;
const FAR = 500; // events looked at for the end of a line: bounds the time of a question
const SENT = new Set(["begin", "commit", "rollback", "sql"]);
const STATES = ["transient", "pending", "persistent", "persistent, expired", "deleted", "detached"];
// calls of which many believe that they take a connection
const BELIEVED = /\b(create_engine|sessionmaker|SessionLocal|Session)\(|\.add\(|\.flush\(|yield\b/;

/** The same question about the same line, with the same answer, at another step. */
export function sameAs(question: Question): string {
  return [question.kind, question.about, question.truth].join("|");
}

/** What to ask before the step after `step` is shown; null where nothing is worth asking. */
export function question(trace: Trace, history: History, words: Words, step: number): Question | null {
  const asked = about(trace, history, words, step);
  return asked && { ...asked, about: sourceLine(trace, trace.events[step]!) };
}

type Asked = Omit<Question, "about">;

function about(trace: Trace, history: History, words: Words, step: number): Asked | null {
  const event = trace.events[step];
  if (!event || step >= trace.events.length - 1) return null;
  if (event.kind === "return") return order(trace, history, words, step);
  if (event.kind !== "line") return null;
  const end = lineEnd(trace, step);
  const during = trace.events.slice(step + 1, end).filter((one) => one.lane === undefined || one.lane === event.lane);
  const makers = [
    during.some((one) => SENT.has(one.kind)) && (() => sql(trace, words, step, during)),
    during.some((one) => one.kind === "state") && (() => state(words, during)),
    (during.some((one) => one.kind === "checkout" || one.kind === "checkin") || BELIEVED.test(sourceLine(trace, event))) &&
      (() => pool(history, words, end - 1)),
  ].filter((one) => one !== false);
  if (makers.length) return makers[step % makers.length]!();
  return nextLine(trace, words, step, end);
}

/** The event at which the line that is about to run has run: the next line of the same lane. */
function lineEnd(trace: Trace, step: number): number {
  const { lane, request } = trace.events[step]!;
  const stop = Math.min(trace.events.length, step + FAR);
  for (let next = step + 1; next < stop; next++) {
    const event = trace.events[next]!;
    if (event.lane !== undefined && event.lane !== lane) continue;
    if (event.kind === "line" || (event.request !== request && event.kind === "request")) return next;
  }
  return stop;
}

function sequence(events: TraceEvent[]): string {
  const sent = events.filter((one) => SENT.has(one.kind));
  const names = sent.map((one) => (one.kind === "sql" ? brief(one.statement ?? "SQL") : one.kind.toUpperCase()));
  return names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
}

function sql(trace: Trace, words: Words, step: number, during: TraceEvent[]): Asked {
  const truth = sequence(during);
  const others = new Set<string>();
  const table = during.find((one) => one.kind === "sql")?.statement;
  const named = table ? brief(table).split(" ")[1] : undefined;
  if (truth.startsWith("BEGIN")) others.add(truth.endsWith(", COMMIT") ? truth.replace(/, COMMIT$/, "") : `${truth}, COMMIT`);
  if (truth.includes(", ")) others.add(truth.split(", ").at(-1)!);
  for (let at = 0; at < trace.events.length && others.size < OPTIONS; at++) {
    if (at === step || trace.events[at]!.kind !== "line") continue;
    const other = sequence(trace.events.slice(at + 1, lineEnd(trace, at)));
    if (other) others.add(other);
  }
  for (const verb of ["BEGIN, SELECT", "ROLLBACK", "COMMIT"]) others.add(verb.endsWith("SELECT") && named ? `${verb} ${named}` : verb);
  others.delete(truth);
  const options = [truth, ...[...others].slice(0, OPTIONS - 2)].sort();
  return { kind: "sql", ask: words.say("ask sql"), options: [...options, words.say("nothing")], truth, code: true };
}

function state(words: Words, during: TraceEvent[]): Asked {
  const last = during.findLast((one) => one.kind === "state")!;
  const truth = last.expired ? `${last.state}, expired` : (last.state ?? "?");
  const options = STATES.includes(truth) ? STATES : [...STATES, truth];
  return { kind: "state", ask: words.say("ask state", last), options, truth, code: true };
}

function pool(history: History, words: Words, end: number): Asked {
  const truth = history.at(end).checkedOut;
  const options = Array.from({ length: Math.max(3, truth + 2) }, (_, count) => String(count));
  return { kind: "pool", ask: words.say("ask pool"), options: options.slice(-OPTIONS), truth: String(truth), code: true };
}

function numbered(trace: Trace, file: number, line: number): string {
  return `${line}  ${(lines(trace, file)[line - 1] ?? "").trim()}`;
}

/** Asked only where the next line is not the one below. */
function nextLine(trace: Trace, words: Words, step: number, end: number): Asked | null {
  const event = trace.events[step]!;
  const next = trace.events[end];
  if (next?.kind !== "line" || next.line === undefined || event.line === undefined) return null;
  // what the framework runs next is no matter of this line
  const between = trace.events.slice(step + 1, end);
  if (next.request !== event.request || between.some((one) => one.kind === "response" || one.kind === "background")) return null;
  const file = event.file ?? 0;
  const below = following(trace, file, event.line);
  if ((next.file ?? 0) === file && next.line === below) return null;
  const truth = numbered(trace, next.file ?? 0, next.line);
  const options = new Set([truth]);
  if (below) options.add(numbered(trace, file, below));
  for (const [back, kind] of [[-1, "line"], [1, "line"]] as const) {
    for (let at = step + back; trace.events[at] && options.size < OPTIONS; at += back) {
      const other = trace.events[at]!;
      if (other.kind === kind && other.line !== undefined) options.add(numbered(trace, other.file ?? 0, other.line));
    }
  }
  if (options.size < 2) return null;
  const sorted = [...options].sort((one, other) => parseInt(one) - parseInt(other));
  return { kind: "line", ask: words.say("ask line"), options: sorted, truth, code: true };
}

function following(trace: Trace, file: number, line: number): number | undefined {
  const all = lines(trace, file);
  for (let next = line; next < all.length; next++) {
    if (!/^\s*(#.*)?$/.test(all[next]!)) return next + 1;
  }
  return undefined;
}

/** At the end of a route with an open dependency: answer first, or the code after yield? */
function order(trace: Trace, history: History, words: Words, step: number): Asked | null {
  const { request, function: name } = trace.events[step]!;
  const machine = history.at(step);
  const open = machine.dependencies.filter((one) => one.request === request);
  if (request === undefined || machine.requests.get(request)?.stage !== "in") return null;
  if (!open.length || open.some((one) => one.name === name)) return null;
  const after = trace.events.slice(step + 1, step + 1 + FAR).filter((one) => one.request === request);
  const exits = (one: TraceEvent) => one.kind === "dependency exit" || one.kind === "resume";
  const found = after.find(
    (one) => one.kind === "response" || one.kind === "background" || (exits(one) && open.some((each) => each.name === one.function)),
  );
  if (!found || after.some((one) => one.kind === "call" && after.indexOf(one) < after.indexOf(found))) return null;
  const exit = words.say("order exit", { function: open.at(-1)!.name });
  const response = words.say("order response");
  const background = words.say("order background");
  const truth = found.kind === "response" ? response : found.kind === "background" ? background : exit;
  const options = [response, exit, ...(after.some((one) => one.kind === "background") ? [background] : [])];
  return { kind: "order", ask: words.say("ask order"), options, truth, code: false };
}
