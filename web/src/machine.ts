/** The notional machine: what the engine, the sessions and the frames look like after each event. */

import { apply, begin } from "./change.ts";
import type { Trace, Value } from "./trace.ts";

export interface Connection {
  id: number;
  open: boolean;
  out: boolean;
  /** Who holds it: a session, or the code itself (`null`) as with `engine.connect()`. */
  session: number | null;
  request?: number;
  transaction: boolean;
  /** Statements that wrote since BEGIN. */
  writes: string[];
  /** The request that took it is over, and it is still out. */
  lost: boolean;
}

export interface OrmSession {
  id: number;
  open: boolean;
  request?: number;
  lane: number;
  slot: number;
}

export interface OrmObject {
  name: string;
  state: string;
  expired: boolean;
  key: string | null;
  session: number | null;
  request?: number;
  changed: number;
}

export interface Local {
  value: Value;
  changed: number;
}

export interface Frame {
  id: number;
  function: string;
  file: number;
  line: number;
  depth: number;
  lane: number;
  vars: Map<string, Local>;
  request?: number;
  /** Left in this very step: for good by return, for a while by yield or await. */
  leaving: "return" | "suspend" | null;
  /** Waits at a yield or an await; somebody else runs. */
  paused: boolean;
}

export interface Answer {
  stage: "in" | "answered" | "over";
  status?: number;
}

export interface Dependency {
  name: string;
  request?: number;
}

/** The machine after one event. Entries are replaced, never changed, so that a copy is shallow. */
export interface Machine {
  step: number;
  checkedOut: number;
  connections: Map<number, Connection>;
  sessions: Map<number, OrmSession>;
  objects: Map<string, OrmObject>;
  frames: Map<number, Frame>;
  stacks: Map<number, number[]>;
  requests: Map<number, Answer>;
  dependencies: Dependency[];
  kept: string[];
  request?: number;
  lane: number;
  statements: number;
}

const SNAPSHOTS = 256; // bounds memory: a trace of any length keeps no more copies
const GAP = 32; // the fewest events between two copies; replaying this many takes far less than a frame

function copy(one: Machine): Machine {
  return {
    ...one,
    connections: new Map(one.connections),
    sessions: new Map(one.sessions),
    objects: new Map(one.objects),
    frames: new Map(one.frames),
    stacks: new Map(one.stacks),
    requests: new Map(one.requests),
  };
}

/** The machine at any step of one trace, replayed from the nearest copy. */
export class History {
  readonly length: number;
  /** How many sessions are open at once at most; how many connections there are. */
  slots = 1;
  connections: number[] = [];
  private readonly gap: number;
  private readonly copies: Machine[] = [];
  private now: Machine;

  constructor(private readonly trace: Trace) {
    this.length = trace.events.length;
    this.gap = Math.max(GAP, Math.ceil(this.length / SNAPSHOTS));
    const machine = begin(trace);
    this.now = copy(machine);
    for (let step = 0; step < this.length; step++) {
      if (step % this.gap === 0) this.copies.push(copy(machine));
      apply(machine, trace.events[step]!, step);
      for (const one of machine.sessions.values()) this.slots = Math.max(this.slots, one.slot + 1);
    }
    this.connections = [...machine.connections.keys()].sort((one, other) => one - other);
  }

  /** The state after event `step`; it is valid until the next call. */
  at(step: number): Machine {
    if (step < this.now.step || step - this.now.step > this.gap) {
      this.now = copy(this.copies[Math.floor(step / this.gap)]!);
    }
    for (let next = this.now.step + 1; next <= step; next++) apply(this.now, this.trace.events[next]!, next);
    return this.now;
  }
}

/** Frames of the request in hand that wait at a yield or an await. */
export function pausedFrames(machine: Machine): Frame[] {
  return [...machine.frames.values()].filter((one) => one.paused && one.request === machine.request);
}

/** The frames of the current lane, innermost first. */
export function callStack(machine: Machine): Frame[] {
  const stack = machine.stacks.get(machine.lane) ?? [];
  return stack.flatMap((id) => machine.frames.get(id) ?? []).reverse();
}
