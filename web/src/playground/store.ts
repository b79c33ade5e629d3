/** The reader's code and attempts of one lesson, kept in this browser alone. */

import type { CheckResult, Verdict } from "../runtime/protocol.ts";

const SCHEMA = "yielddb/code/1";
const EARLIER = 5; // versions that can be taken back

export interface Version {
  code: string;
  at: number;
}

interface Kept extends Version {
  schema: typeof SCHEMA;
  earlier: Version[];
}

interface Attempts {
  passed: boolean;
  problem: string | null;
  repeats: number;
}

export type Woe = "damaged" | "full" | "forbidden";

export class Store {
  earlier: Version[] = [];
  private readonly key: string;
  private readonly attemptsKey: string;
  private written: string | null = null;
  private attempts: Attempts = { passed: false, problem: null, repeats: 0 };

  constructor(
    slug: string,
    private readonly onWoe: (woe: Woe | null) => void,
  ) {
    this.key = `yielddb/code/${slug}`;
    this.attemptsKey = `yielddb/attempts/${slug}`;
  }

  /** The code as it was left, or null. */
  read(): string | null {
    try {
      const text = (this.written = localStorage.getItem(this.key));
      this.readAttempts();
      if (text === null) return null;
      const kept = parse(text);
      if (kept) {
        this.earlier = kept.earlier;
        return kept.code;
      }
      localStorage.setItem(`${this.key}.damaged`, text);
      localStorage.removeItem(this.key);
      this.written = null;
      this.onWoe("damaged");
    } catch (error) {
      this.onWoe(isFull(error) ? "full" : "forbidden");
    }
    return null;
  }

  private readAttempts(): void {
    const kept = fromJson(localStorage.getItem(this.attemptsKey)) as Partial<Attempts> | null;
    if (typeof kept !== "object" || kept === null) return;
    const { passed, problem, repeats } = kept;
    this.attempts = {
      passed: passed === true,
      problem: typeof problem === "string" ? problem : null,
      repeats: typeof repeats === "number" ? repeats : 0,
    };
  }

  /** Keep this text; what another tab kept meanwhile becomes an earlier version. */
  save(code: string): void {
    try {
      const there = localStorage.getItem(this.key);
      const other = there === null || there === this.written ? null : parse(there);
      if (other && other.code !== code) {
        this.setAside(other.code, other.at);
        for (const one of other.earlier) this.setAside(one.code, one.at);
      }
      const kept: Kept = { schema: SCHEMA, code, at: Date.now(), earlier: this.earlier };
      const text = JSON.stringify(kept);
      localStorage.setItem(this.key, text);
      this.written = text;
      this.onWoe(null);
    } catch (error) {
      this.onWoe(isFull(error) ? "full" : "forbidden");
    }
  }

  /** Make a text one of the versions that can be taken back. */
  setAside(code: string, at = Date.now()): void {
    const others = this.earlier.filter((one) => one.code !== code);
    this.earlier = [{ code, at }, ...others].sort((a, b) => b.at - a.at).slice(0, EARLIER);
  }

  /** The text that a storage event of another tab brings for this lesson, if any. */
  fromOther(event: StorageEvent): string | null {
    return event.key === this.key && event.newValue !== null ? (parse(event.newValue)?.code ?? null) : null;
  }

  // --- attempts

  get passed(): boolean {
    return this.attempts.passed;
  }

  /** How often in a row this failure has been seen, this time included. */
  repeats(result: CheckResult): number {
    return this.attempts.problem === signature(result) ? this.attempts.repeats + 1 : 1;
  }

  /** Take one more attempt into account; a verdict that judged nothing counts for none. */
  count(verdict: Verdict): void {
    if (verdict.status === "error") return;
    const first = verdict.checks.find(({ status }) => status === "failed" || status === "error");
    this.attempts = {
      passed: this.passed || verdict.status === "passed",
      repeats: first ? this.repeats(first) : 0,
      problem: first ? signature(first) : null,
    };
    try {
      localStorage.setItem(this.attemptsKey, JSON.stringify(this.attempts));
    } catch (error) {
      this.onWoe(isFull(error) ? "full" : "forbidden");
    }
  }
}

/** Two failures are the same by the check and the status that came back; the rest is random data. */
function signature({ id, came_back }: CheckResult): string {
  const [status] = /^\d{3}\b/.exec(came_back ?? "") ?? [];
  return status ? `${id} ${status}` : id;
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}

function fromJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function isVersion(value: unknown): value is Version {
  const one = value as Partial<Version> | null;
  return typeof one === "object" && one !== null && typeof one.code === "string" && typeof one.at === "number";
}

function parse(text: string): Kept | null {
  const kept = fromJson(text);
  if (!isVersion(kept)) return null;
  const { schema, earlier } = kept as Partial<Kept>;
  if (schema !== SCHEMA || !Array.isArray(earlier) || !earlier.every(isVersion)) return null;
  return kept as Kept;
}
