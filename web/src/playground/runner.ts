/** The runtime's workers: one that answers, one spare; ended when they fall silent, kept warm between lessons. */

import type { Answer, Booted, CheckResult, Failed, Progress, Task, Values } from "../runtime/protocol.ts";

export const SILENCE_S = 20; // the grader inside gives an app 5 s for an answer; this is for what it can't end
export const STALL_S = 60; // a boot without a byte so long is a connection that is gone
const SMALL_GB = 4; // with less memory no spare worker: one takes about 83 MB

export type State = "cold" | "booting" | "ready" | "busy";
export type Cause = "app" | "runtime" | "away" | "noWasm" | "stalled" | "died" | "stopped" | "limit";

/** Why there is no value; `says` and `fix` come from the runtime where it could still speak. */
export class Trouble extends Error {
  constructor(
    readonly cause: Cause,
    readonly says = "",
    readonly fix = "",
  ) {
    super(says || cause);
  }
}

interface Job {
  done(value: never): void;
  failed(trouble: Trouble): void;
  onCheck?: ((result: CheckResult) => void) | undefined;
}

/** One worker and what it was asked. */
class Instance {
  readonly booted: Promise<Booted>;
  progress: Progress | null = null;
  isReady = false;
  private readonly worker: Worker;
  private readonly jobs = new Map<number, Job>();
  private last = 0;
  private timer = 0;

  constructor(
    script: URL,
    private readonly onProgress: (instance: Instance) => void,
  ) {
    this.worker = new Worker(script, { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault(); // it is told below
      this.end(new Trouble(this.isReady ? "died" : "away"));
    };
    this.booted = this.ask({ do: "boot" }).then((value) => {
      this.isReady = true;
      return value;
    });
    this.booted.catch(() => undefined); // whoever waits for it hears of it
  }

  ask<T extends Task>(task: T, onCheck?: (result: CheckResult) => void): Promise<Values[T["do"]]> {
    return new Promise((done, failed) => {
      const id = ++this.last;
      this.jobs.set(id, { done, failed, onCheck });
      this.worker.postMessage({ id, ...task });
      this.listen();
    });
  }

  /** The worker is gone after this, whatever it did. */
  end(trouble: Trouble): void {
    clearTimeout(this.timer);
    this.worker.terminate();
    for (const job of this.jobs.values()) job.failed(trouble);
    this.jobs.clear();
  }

  private hear(answer: Answer): void {
    this.listen();
    if (answer.event === "progress") {
      this.progress = answer;
      return this.onProgress(this);
    }
    const job = this.jobs.get(answer.id);
    if (!job) return;
    if (answer.event === "check") return job.onCheck?.(answer.result);
    this.jobs.delete(answer.id);
    this.listen();
    if (answer.event === "done") job.done(answer.value as never);
    else job.failed(trouble(answer));
  }

  /** Nothing may be waited for without end. */
  private listen(): void {
    clearTimeout(this.timer);
    if (!this.jobs.size) return;
    const [cause, seconds]: [Cause, number] = this.isReady ? ["limit", SILENCE_S] : ["stalled", STALL_S];
    this.timer = window.setTimeout(() => this.end(new Trouble(cause)), seconds * 1000);
  }
}

function trouble({ kind, says, fix }: Failed): Trouble {
  return new Trouble(kind, says, fix);
}

/** The page's runner; tells `change` when the state or the progress of a boot changed. */
export class Runner extends EventTarget {
  private current: Instance | null = null;
  private spare: Instance | null = null;
  private tasks = 0;

  constructor(readonly folder: URL) {
    super();
  }

  get state(): State {
    if (!this.current) return "cold";
    if (!this.current.isReady) return "booting";
    return this.tasks ? "busy" : "ready";
  }

  get progress(): Progress | null {
    return this.current?.progress ?? null;
  }

  /** Load everything, unless it is there. Throws Trouble. */
  async boot(): Promise<Booted> {
    if (typeof WebAssembly !== "object") throw new Trouble("noWasm");
    const instance = (this.current ??= this.start());
    this.tell();
    try {
      return await instance.booted;
    } catch (error) {
      instance.end(new Trouble("away"));
      if (this.current === instance) this.current = null;
      throw error;
    } finally {
      this.tell();
    }
  }

  /** Ask for one thing. Throws Trouble. */
  async run<T extends Task>(task: T, onCheck?: (result: CheckResult) => void): Promise<Values[T["do"]]> {
    await this.boot();
    const instance = this.current!;
    this.tasks++;
    this.tell();
    try {
      return await instance.ask(task, onCheck);
    } catch (error) {
      // what ended by silence or death is replaced; a stop has done so already
      if (this.current === instance && ["limit", "died"].includes((error as Trouble).cause)) this.replace();
      throw error;
    } finally {
      this.tasks--;
      this.tell();
      if (task.do === "check") this.prepare();
    }
  }

  /** End whatever runs; the next task finds a fresh worker. */
  stop(): void {
    this.current?.end(new Trouble("stopped"));
    this.replace();
  }

  private replace(): void {
    const wasReady = this.current?.isReady;
    this.current = this.spare;
    this.spare = null;
    this.tell();
    // an interrupted boot was somebody's wish; after a run the next one is at hand
    if (!this.current && wasReady) void this.boot().catch(() => undefined);
  }

  /** A second worker while nobody waits, so that the end of a loop costs no boot. */
  private prepare(): void {
    const memory = (navigator as { deviceMemory?: number }).deviceMemory ?? SMALL_GB;
    if (this.spare || !this.current?.isReady || memory < SMALL_GB) return;
    const idle = globalThis.requestIdleCallback ?? ((then: () => void) => setTimeout(then, 500));
    idle(() => {
      if (this.spare || this.tasks) return;
      const spare = (this.spare = this.start());
      spare.booted.catch(() => this.spare === spare && (this.spare = null));
    });
  }

  private start(): Instance {
    return new Instance(new URL("worker.js", this.folder), (instance) => instance === this.current && this.tell());
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
