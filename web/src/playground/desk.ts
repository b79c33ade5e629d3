/** What the panes share: the lesson, the words, the runner, and one way to ask it for something. */

import type { CheckResult, Files, Manifest, Task, Values } from "../runtime/protocol.ts";
import type { Notices } from "./notices.ts";
import { type Runner, SILENCE_S, STALL_S, Trouble } from "./runner.ts";
import type { Say, Word } from "./words.ts";

export class Desk {
  manifest: Manifest | null = null;

  constructor(
    readonly lesson: string,
    readonly say: Say,
    readonly runner: Runner,
    readonly assets: string,
    private readonly troubles: Notices,
    private readonly status: HTMLElement,
    readonly code: () => string,
    readonly goTo: (line: number) => void,
  ) {}

  get files(): Files {
    return { "main.py": this.code() };
  }

  /** A word for those who do not see what changed. */
  announce(text: string): void {
    this.status.textContent = text;
  }

  /** Ask the runner; trouble is told where the reader looks, and null comes back. */
  async run<T extends Task>(task: T, busy: Word, onCheck?: (result: CheckResult) => void): Promise<Values[T["do"]] | null> {
    this.troubles.hide();
    this.announce(this.say(busy));
    try {
      return await this.runner.run(task, onCheck);
    } catch (error) {
      this.complain(error);
      return null;
    }
  }

  /** Load the runtime ahead of the first question. */
  async boot(): Promise<void> {
    this.troubles.hide();
    try {
      const { python } = await this.runner.boot();
      this.announce(this.say("ready", { python }));
    } catch (error) {
      this.complain(error);
    }
  }

  /** One clear message, with the way out. Throws what is no Trouble. */
  private complain(error: unknown): void {
    if (!(error instanceof Trouble)) throw error;
    const { cause, says, fix } = error;
    this.announce("");
    if (cause === "app") return this.troubles.show("app", `${says}`, { fix, mark: "wrong" });
    const seconds = cause === "stalled" ? STALL_S : SILENCE_S;
    const text = cause === "runtime" ? says : this.say(cause, { seconds });
    if (["stopped", "limit", "died"].includes(cause)) return this.troubles.show(cause, text, { mark: "wrong" });
    const again = { label: this.say("again"), act: () => void this.boot() };
    const actions = cause === "noWasm" || this.runner.state !== "cold" ? [] : [again];
    this.troubles.show(cause, text, { fix, mark: "wrong", actions, commands: this.commands, lead: this.say("runLocally") });
  }

  /** How the lesson is worked on without the page. */
  get commands(): string {
    return ["pip install yielddb", `yielddb start ${this.lesson}`, `yielddb check ${this.lesson}`].join("\n");
  }
}
