// What the page and the runtime's worker say to each other, and what lies beside the worker.

// one file beside the worker; `name` is relative to the manifest, `bytes` as they are transferred
export interface RuntimeFile {
  name: string;
  bytes: number;
  unpacked: number;
  sha256: string;
}

export interface RuntimeLesson {
  number: number;
  slug: string;
  stem: string;
  title: string;
  // why the page can't judge this lesson, where it can't
  needs_server: false | string;
}

export interface Manifest {
  // of all the files: the name of the cache, and a page's way to see that something is newer
  version: string;
  files: RuntimeFile[];
  // the sum of all bytes: what a first visit transfers
  total: number;
  lessons: Record<string, RuntimeLesson>;
  packages: Record<string, string>;
  // what readers believe who make a mistake, by the id of the misconception
  beliefs: Record<string, string>;
  // what Pyodide asks of a list of packages: for which build it was made
  python: Record<string, string>;
}

// the learner's files, relative paths to their text
export type Files = Record<string, string>;

export interface CheckResult {
  id: string;
  title: string;
  status: "passed" | "failed" | "skipped" | "error";
  points: number;
  sent: string | null;
  came_back: string | null;
  contract: string | null;
  hint: string | null;
  misconception: string | null;
  visibility: "visible" | "hidden";
  seconds: number;
  at: string | null;
}

export interface Verdict {
  schema: "yielddb/verdict/1";
  lesson: string;
  submission: string;
  status: "passed" | "failed" | "error";
  score: number;
  max_score: number;
  seconds: number;
  isolation: string[];
  versions: Record<string, string>;
  checks: CheckResult[];
}

// what the page asks; `lesson` is a slug
export type Task =
  | { do: "boot" }
  | { do: "check"; lesson: string; files: Files; seed?: number }
  | { do: "openapi"; lesson: string; files: Files }
  | { do: "request"; lesson: string; files: Files; method: string; path: string; headers?: Record<string, string>; body?: string }
  | { do: "trace"; lesson: string; files: Files; requests: string[] }
  | { do: "starter"; lesson: string }
  | { do: "solution"; lesson: string };

export type Question = Task & { id: number };

export interface Booted {
  python: string;
  packages: Record<string, string>;
}

export interface Checked {
  verdict: Verdict;
  // the end of what the app printed
  log: string;
}

export interface Answered {
  // 0: no answer came back, and `error` says why
  status: number;
  headers: [string, string][];
  body: string;
  // what the app printed since the answer before this one
  log: string;
  // what the app raised, or why there is no answer; `line` counts in `file`
  error?: { file?: string; line?: number; text: string };
  // a fresh app with an empty database answered, not the one that answered before
  restarted: boolean;
}

// the value that each task ends with
export interface Values {
  boot: Booted;
  check: Checked;
  openapi: Record<string, unknown>;
  request: Answered;
  // a trace of the schema yielddb/trace/1
  trace: Record<string, unknown>;
  starter: { files: Files };
  solution: { files: Files };
}

export interface Progress {
  event: "progress";
  what: "download" | "start";
  // bytes of a download, steps of a start
  loaded: number;
  total: number;
}

export interface Checking {
  id: number;
  event: "check";
  result: CheckResult;
}

export interface Done<Name extends keyof Values = keyof Values> {
  id: number;
  event: "done";
  value: Values[Name];
}

export interface Failed {
  id: number;
  event: "failed";
  // app: the learner's app is the cause, e.g. it does not start; runtime: the page's own fault
  kind: "app" | "runtime";
  says: string;
  fix: string;
}

export type Answer = Progress | Checking | Done | Failed;
