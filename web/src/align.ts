/** Two runs side by side: which step of one belongs to which step of the other. */

import { sourceLine, type Trace, type TraceEvent } from "./trace.ts";

export interface Alignment {
  /** Pairs of steps; where one run does more, the other stays where it is. */
  pairs: [number, number][];
  /** The first pair that differs, or -1. */
  first: number;
}

const EDITS = 400; // differences looked for one by one; runs further apart are set side by side as they are

/** What an event says, whatever its line number is. */
function fingerprint(trace: Trace, event: TraceEvent): string {
  return JSON.stringify([
    event.kind,
    event.function,
    event.request,
    event.kind === "line" ? sourceLine(trace, event) : null,
    event.statement,
    event.state,
    event.expired,
    event.object,
    event.status,
    event.type,
  ]);
}

/** Align two traces by what happened. */
export function align(left: Trace, right: Trace): Alignment {
  const one = left.events.map((event) => fingerprint(left, event));
  const other = right.events.map((event) => fingerprint(right, event));
  const steps = zip(shortestEdit(one, other) ?? plain(one.length, other.length));
  let [x, y] = [-1, -1];
  const pairs = steps.map(([dx, dy]): [number, number] => [(x += dx), (y += dy)]);
  const first = steps.findIndex(([dx, dy], index) => dx + dy < 2 || one[pairs[index]![0]] !== other[pairs[index]![1]]);
  return { pairs: pairs.map(([a, b]) => [Math.max(0, a), Math.max(0, b)]), first };
}

type Move = [0 | 1, 0 | 1];

/** What one run did instead of the other is stepped together, as far as it goes. */
function zip(moves: Move[]): Move[] {
  const out: Move[] = [];
  let [lefts, rights] = [0, 0];
  const flush = () => {
    out.push(...plain(lefts, rights));
    [lefts, rights] = [0, 0];
  };
  for (const move of moves) {
    if (move[0] && move[1]) {
      flush();
      out.push(move);
    } else if (move[0]) lefts++;
    else rights++;
  }
  flush();
  return out;
}

function plain(one: number, other: number): Move[] {
  return Array.from({ length: Math.max(one, other) }, (_, step): Move => [step < one ? 1 : 0, step < other ? 1 : 0]);
}

/** Myers' algorithm: the fewest insertions and deletions; null where there are more than EDITS. */
function shortestEdit(one: string[], other: string[]): Move[] | null {
  const reach: Map<number, number>[] = [];
  let before = new Map([[1, 0]]);
  for (let edits = 0; edits <= EDITS; edits++) {
    const now = new Map(before);
    reach.push(before);
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1));
      let x = down ? (before.get(k + 1) ?? 0) : (before.get(k - 1) ?? 0) + 1;
      while (x < one.length && x - k < other.length && one[x] === other[x - k]) x++;
      now.set(k, x);
      if (x >= one.length && x - k >= other.length) return trackBack(reach, one.length, other.length);
    }
    before = now;
  }
  return null;
}

function trackBack(reach: Map<number, number>[], width: number, height: number): Move[] {
  const moves: Move[] = [];
  let [x, y] = [width, height];
  for (let edits = reach.length - 1; edits >= 0; edits--) {
    const before = reach[edits]!;
    const k = x - y;
    const down = k === -edits || (k !== edits && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1));
    const fromX = before.get(down ? k + 1 : k - 1) ?? 0;
    const fromY = fromX - (down ? k + 1 : k - 1);
    for (; x > fromX && y > fromY; x--, y--) moves.push([1, 1]);
    if (edits > 0) moves.push(down ? [0, 1] : [1, 0]);
    [x, y] = [fromX, fromY];
  }
  return moves.reverse();
}
