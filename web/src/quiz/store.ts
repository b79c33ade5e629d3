/** The reader's answers, kept in this browser alone. */

import { type Answer } from "./schedule.ts";

const KEY = "yielddb/quiz/1";
const SCHEMA = "yielddb/quiz/1";
/** Told on the document after every change, so that all open components agree. */
export const CHANGED = "yielddb-quiz-changed";

export type Answers = Record<string, Answer>;
export type Trouble = "damaged" | "forbidden" | "full";

/** What does not fit the schema; an imported file may hold anything. */
export class NotAnswers extends Error {}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== "object" || value === null) return false;
  const one = value as Record<string, unknown>;
  return (
    typeof one.first === "boolean" &&
    typeof one.right === "boolean" &&
    Number.isInteger(one.tries) &&
    Number.isInteger(one.box) &&
    typeof one.due === "string" &&
    !Number.isNaN(Date.parse(one.due)) &&
    Array.isArray(one.misconceptions) &&
    one.misconceptions.every((entry) => typeof entry === "string")
  );
}

/** The answers in a text. Throws NotAnswers. */
export function parse(text: string): Answers {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    throw new NotAnswers("not JSON");
  }
  const { schema, answers } = (record ?? {}) as { schema?: unknown; answers?: unknown };
  if (schema !== SCHEMA) throw new NotAnswers(`not ${SCHEMA}`);
  if (typeof answers !== "object" || answers === null || Array.isArray(answers)) {
    throw new NotAnswers("no answers");
  }
  const entries = Object.entries(answers as Record<string, unknown>);
  const broken = entries.find(([, value]) => !isAnswer(value));
  if (broken) throw new NotAnswers(`the answer ${broken[0]}`);
  return Object.fromEntries(entries) as Answers;
}

/** The text of a file that `parse` reads. */
export function format(answers: Answers): string {
  return JSON.stringify({ schema: SCHEMA, answers });
}

/** Both readers' memories: of each question the one with more tries. */
export function merged(ours: Answers, theirs: Answers): Answers {
  const all = { ...ours };
  for (const [name, answer] of Object.entries(theirs)) {
    const mine = all[name];
    if (!mine || answer.tries > mine.tries) all[name] = answer;
  }
  return all;
}

/** Reads and writes localStorage; where that fails, the page remembers until it is closed. */
export class Store {
  trouble: Trouble | null = null;
  private memory: Answers = {};

  /** All answers; what is damaged is set aside, never overwritten. */
  read(): Answers {
    let text: string | null;
    try {
      text = localStorage.getItem(KEY);
    } catch {
      this.trouble = "forbidden";
      return this.memory;
    }
    if (text === null) return this.trouble ? this.memory : {};
    try {
      return merged(parse(text), this.memory);
    } catch (error) {
      if (!(error instanceof NotAnswers)) throw error;
      this.trouble = "damaged";
      this.setAside(text);
      return this.memory;
    }
  }

  private setAside(text: string): void {
    try {
      localStorage.setItem(`${KEY}/damaged`, text);
      localStorage.removeItem(KEY);
    } catch {
      // It stays where it is; `write` will say that the storage is full.
    }
  }

  /** Keep one answer. */
  keep(name: string, answer: Answer): void {
    this.write({ ...this.read(), [name]: answer });
  }

  /** Keep all of `answers`. */
  write(answers: Answers): void {
    try {
      localStorage.setItem(KEY, format(answers));
      this.memory = {};
    } catch (error) {
      this.memory = answers;
      const full = error instanceof DOMException && error.name === "QuotaExceededError";
      this.trouble = full ? "full" : "forbidden";
    }
    document.dispatchEvent(new CustomEvent(CHANGED));
  }
}

export const store = new Store();
