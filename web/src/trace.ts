/** The trace as it is recorded (`yielddb/trace/1`), and how a text becomes one. */

export const SCHEMA = "yielddb/trace/1";

/** A value as the recorder cut it: the type, a short repr and, for a mapped object, its name. */
export interface Value {
  type: string;
  repr: string;
  object?: string;
}

export interface TraceEvent {
  kind: string;
  lane?: number;
  request?: number;
  file?: number;
  line?: number;
  function?: string;
  frame?: number;
  depth?: number;
  checked_out?: number;
  transaction?: boolean;
  vars?: Record<string, Value>;
  gone?: string[];
  value?: Value;
  type?: string;
  text?: string;
  method?: string;
  path?: string;
  status?: number;
  connection?: number;
  statement?: string;
  parameters?: string;
  rows?: number | null;
  session?: number | null;
  object?: string;
  class?: string;
  state?: string;
  expired?: boolean;
  key?: string | null;
  what?: string;
  count?: number;
  name?: string;
}

export interface TraceRequest {
  number: number;
  method: string;
  path: string;
  body?: unknown;
  status?: number | null;
  answer?: string | null;
  error?: string | null;
}

export interface Trace {
  schema: string;
  title?: string | null;
  lesson?: string | null;
  versions?: Record<string, string>;
  files: { path: string; text: string }[];
  lanes: string[];
  requests: TraceRequest[];
  events: TraceEvent[];
}

/** What is wrong with a trace, as a key of the word table. */
export class Fault extends Error {
  constructor(
    readonly word: string,
    readonly detail = "",
  ) {
    super(word);
  }
}

/** Read a trace; throws a Fault that says what is wrong with it. */
export function parse(source: unknown): Trace {
  const raw = typeof source === "string" ? json(source) : source;
  if (!isRecord(raw)) throw new Fault("faultShape");
  if (raw.schema !== SCHEMA) throw new Fault("faultSchema", String(raw.schema ?? "?"));
  if (!Array.isArray(raw.events) || !raw.events.every(isEvent)) throw new Fault("faultShape");
  if (raw.events.length === 0) throw new Fault("faultEmpty", failures(raw.requests));
  const files = list(raw.files).filter((one) => isRecord(one) && typeof one.text === "string");
  return {
    ...(raw as object),
    schema: SCHEMA,
    files: files as Trace["files"],
    lanes: list(raw.lanes).map(String),
    requests: list(raw.requests).filter(isRecord) as unknown as TraceRequest[],
    events: raw.events as TraceEvent[],
  };
}

/** Why nothing was recorded, where the requests say so. */
function failures(requests: unknown): string {
  const said = list(requests).map((one) => (isRecord(one) && typeof one.error === "string" ? one.error : ""));
  return said.some(Boolean) ? ` (${said.filter(Boolean).join("; ")})` : "";
}

function json(text: string): unknown {
  if (text.trim() === "") throw new Fault("faultNone");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault("faultJson", (error as Error).message);
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NUMBERS = ["lane", "request", "file", "line", "frame", "depth", "connection", "checked_out"];

/** An event of any kind; what the player counts with has to be a number. */
function isEvent(value: unknown): boolean {
  if (!isRecord(value) || typeof value.kind !== "string") return false;
  if (NUMBERS.some((name) => value[name] !== undefined && !Number.isInteger(value[name]))) return false;
  return value.vars === undefined || (isRecord(value.vars) && Object.values(value.vars).every(isRecord));
}

/** The source line an event points at, without its indentation; "" where there is none. */
export function sourceLine(trace: Trace, event: TraceEvent): string {
  if (event.line === undefined) return "";
  return (lines(trace, event.file ?? 0)[event.line - 1] ?? "").trim();
}

const split = new WeakMap<object, string[]>();

/** The lines of one file; split once. */
export function lines(trace: Trace, file: number): string[] {
  const one = trace.files[file];
  if (!one) return [];
  let found = split.get(one);
  if (!found) split.set(one, (found = one.text.replace(/\n$/, "").split("\n")));
  return found;
}
