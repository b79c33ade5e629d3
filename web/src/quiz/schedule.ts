/** When a question comes back: boxes after Leitner. A wrong answer goes to the first box. */

/** Days until the question is due again, by box; retrieval gets rarer as it succeeds. */
export const DAYS = [0, 1, 3, 7, 16, 35] as const;
const DAY_MS = 86_400_000;

/** What is remembered of one question. */
export interface Answer {
  /** Was the very first try right? It never changes: later tries have seen the reasons. */
  first: boolean;
  right: boolean;
  tries: number;
  box: number;
  /** ISO 8601, when it is due again. */
  due: string;
  misconceptions: string[];
}

/** The answer after one more try at `now`. */
export function answered(
  before: Answer | undefined,
  right: boolean,
  misconceptions: string[],
  now: Date,
): Answer {
  const due = !before || now >= new Date(before.due);
  // A second try right after the reasons were shown proves little: it moves no box upwards.
  const box = right ? Math.min((before?.box ?? 0) + (due ? 1 : 0), DAYS.length - 1) : 0;
  return {
    first: before ? before.first : right,
    right,
    tries: (before?.tries ?? 0) + 1,
    box,
    due: new Date(now.getTime() + (DAYS[box] ?? 0) * DAY_MS).toISOString(),
    misconceptions: [...new Set([...(before?.misconceptions ?? []), ...misconceptions])],
  };
}

/** Names of the questions that are due at `now`, the longest overdue first. */
export function due(answers: Record<string, Answer>, now: Date): string[] {
  return Object.entries(answers)
    .filter(([, answer]) => new Date(answer.due) <= now)
    .sort(([, a], [, b]) => a.due.localeCompare(b.due))
    .map(([name]) => name);
}
