/** What each kind of event does to the machine. */

import type { Connection, Local, Machine } from "./machine.ts";
import type { Trace, TraceEvent } from "./trace.ts";

const KEPT = 3; // committed statements that the picture still shows

/** A connection that lies in the pool. */
const UNUSED: Connection = { id: 0, open: true, out: false, session: null, transaction: false, writes: [], lost: false };

function empty(): Machine {
  return {
    step: -1,
    checkedOut: 0,
    connections: new Map(),
    sessions: new Map(),
    objects: new Map(),
    frames: new Map(),
    stacks: new Map(),
    requests: new Map(),
    dependencies: [],
    kept: [],
    lane: 0,
    statements: 0,
  };
}

/** Connections that were opened before the recording began lie in the pool from the start. */
export function begin(trace: Trace): Machine {
  const machine = empty();
  const seen = new Set<number>();
  for (const { kind, connection: id } of trace.events) {
    if (id === undefined || seen.has(id)) continue;
    seen.add(id);
    if (kind !== "connect") machine.connections.set(id, { ...UNUSED, id });
  }
  return machine;
}

/** Take one event in: entries are replaced, never changed. */
export function apply(machine: Machine, event: TraceEvent, step: number): void {
  machine.step = step;
  machine.lane = event.lane ?? machine.lane;
  machine.request = event.request ?? (event.lane === undefined ? machine.request : undefined);
  if (event.checked_out !== undefined) machine.checkedOut = event.checked_out;
  leave(machine);
  if (event.frame !== undefined) enter(machine, event, step);
  if (event.connection !== undefined) connection(machine, event);
  HANDLERS[event.kind]?.(machine, event, step);
}

type Handler = (machine: Machine, event: TraceEvent, step: number) => void;

const HANDLERS: Record<string, Handler> = {
  request: (machine, event) => machine.requests.set(event.request ?? 0, { stage: "in" }),
  response: (machine, event) => machine.requests.set(event.request ?? 0, { stage: "answered", status: event.status }),
  finished: finished,
  "dependency enter": (machine, event) => {
    machine.dependencies = [...machine.dependencies, { name: event.function ?? "?", request: event.request }];
  },
  "dependency exit": (machine, event) => {
    const at = machine.dependencies.findLastIndex(
      (one) => one.name === event.function && one.request === event.request,
    );
    machine.dependencies = machine.dependencies.filter((_, index) => index !== at);
  },
  session: (machine, event) => openSession(machine, event),
  "session close": (machine, event) => {
    const one = machine.sessions.get(event.session ?? 0);
    if (!one) return;
    machine.sessions.set(one.id, { ...one, open: false });
    // what is still used elsewhere was said to be detached; the rest is nobody's any more
    for (const each of machine.objects.values()) if (each.session === one.id) machine.objects.delete(each.name);
  },
  state: (machine, event, step) => {
    if (event.session != null && !machine.sessions.get(event.session)?.open) openSession(machine, event);
    machine.objects.set(event.object ?? "?", {
      name: event.object ?? "?",
      state: event.state ?? "?",
      expired: event.expired ?? false,
      key: event.key ?? null,
      session: event.session ?? null,
      request: event.request,
      changed: step,
    });
  },
};

function openSession(machine: Machine, event: TraceEvent): void {
  const id = event.session ?? 0;
  const taken = new Set([...machine.sessions.values()].filter((one) => one.open).map((one) => one.slot));
  let slot = machine.sessions.get(id)?.slot ?? 0;
  while (taken.has(slot)) slot++;
  machine.sessions.set(id, { id, open: true, request: event.request, lane: machine.lane, slot });
}

function finished(machine: Machine, event: TraceEvent): void {
  const number = event.request ?? 0;
  machine.requests.set(number, { stage: "over", status: machine.requests.get(number)?.status });
  machine.dependencies = machine.dependencies.filter((one) => one.request !== number);
  for (const one of machine.connections.values()) {
    if (one.out && one.request === number) machine.connections.set(one.id, { ...one, lost: true });
  }
}

/** The session that most likely asked for a connection: the newest open one of the same request or lane. */
function holder(machine: Machine, event: TraceEvent): number | null {
  if (typeof event.session === "number") return event.session;
  const busy = new Set([...machine.connections.values()].filter((one) => one.out).map((one) => one.session));
  const mine = [...machine.sessions.values()].filter(
    (one) => one.open && (event.request === undefined ? one.lane === machine.lane : one.request === event.request),
  );
  return (mine.findLast((one) => !busy.has(one.id)) ?? mine.at(-1))?.id ?? null;
}

const WRITES = /^(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|REPLACE)\b/i;

function connection(machine: Machine, event: TraceEvent): void {
  const id = event.connection!;
  const before = machine.connections.get(id) ?? { ...UNUSED, id };
  const after = { ...before, ...moved(machine, event, before) };
  if (event.transaction !== undefined) after.transaction = event.transaction;
  machine.connections.set(id, after);
}

function moved(machine: Machine, event: TraceEvent, before: Connection): Partial<Connection> {
  switch (event.kind) {
    case "connect":
      return { open: true };
    case "disconnect":
      return { open: false, out: false, session: null };
    case "checkout":
      return { open: true, out: true, session: holder(machine, event), request: event.request };
    case "checkin":
      return { out: false, session: null, lost: false, transaction: false, writes: [] };
    case "begin":
      return { transaction: true, writes: [] };
    case "commit":
      machine.kept = [...machine.kept, ...before.writes].slice(-KEPT);
      return { transaction: false, writes: [] };
    case "rollback":
      return { transaction: false, writes: [] };
    case "sql":
      machine.statements++;
      return WRITES.test(event.statement ?? "") ? { writes: [...before.writes, brief(event.statement!)] } : {};
    default:
      return {};
  }
}

const TABLE = /\b(?:FROM|INTO|UPDATE|TABLE(?: IF (?:NOT )?EXISTS)?)\s+["`]?([\w.]+)/i;

/** `INSERT items`: the verb of a statement and the table it names. */
export function brief(statement: string): string {
  const verb = statement.trim().split(/\s/, 1)[0]!.toUpperCase();
  const table = TABLE.exec(statement)?.[1];
  return table ? `${verb} ${table}` : verb;
}

/** Frames that the event before this one left are off the stack now. */
function leave(machine: Machine): void {
  const stack = machine.stacks.get(machine.lane) ?? [];
  const left = stack.filter((id) => machine.frames.get(id)?.leaving);
  if (left.length === 0) return;
  machine.stacks.set(machine.lane, stack.filter((id) => !left.includes(id)));
  for (const id of left) {
    const frame = machine.frames.get(id)!;
    if (frame.leaving === "return") machine.frames.delete(id);
    else machine.frames.set(id, { ...frame, leaving: null, paused: true });
  }
}

function enter(machine: Machine, event: TraceEvent, step: number): void {
  const id = event.frame!;
  const before = machine.frames.get(id);
  const depth = event.depth ?? before?.depth ?? 0;
  unwind(machine, id, event.depth);
  machine.frames.set(id, {
    id,
    function: event.function ?? before?.function ?? "?",
    file: event.file ?? before?.file ?? 0,
    line: event.line ?? before?.line ?? 0,
    depth,
    lane: machine.lane,
    request: event.request ?? before?.request,
    vars: locals(before?.vars, event, step),
    leaving: event.kind === "return" || event.kind === "suspend" ? event.kind : null,
    paused: false,
  });
}

/** Put a frame on top of the lane's stack; what lay above it was left by an exception. */
function unwind(machine: Machine, id: number, depth: number | undefined): void {
  const stack = machine.stacks.get(machine.lane) ?? [];
  const at = stack.indexOf(id);
  const stays = (one: number) => depth === undefined || (machine.frames.get(one)?.depth ?? 0) < depth;
  const below = at < 0 ? stack.filter(stays) : stack.slice(0, at);
  for (const gone of stack) {
    if (gone !== id && !below.includes(gone)) machine.frames.delete(gone);
  }
  machine.stacks.set(machine.lane, [...below, id]);
}

function locals(before: Map<string, Local> | undefined, event: TraceEvent, step: number): Map<string, Local> {
  if (before && !event.vars && !event.gone) return before;
  const after = new Map(before);
  for (const name of event.gone ?? []) after.delete(name);
  for (const [name, value] of Object.entries(event.vars ?? {})) after.set(name, { value, changed: step });
  return after;
}
