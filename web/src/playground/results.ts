/** Check: what the checks saw, one by one, in the words of the terminal. */

import { h } from "../dom.ts";
import type { Checked, CheckResult, Verdict } from "../runtime/protocol.ts";
import { command } from "./command.ts";
import type { Desk } from "./desk.ts";
import type { Store } from "./store.ts";

const MARKS = { passed: "✓", failed: "✗", error: "!", skipped: "·" };
const ASK_AT = 3; // the same failure so often in a row: repeating the hint has not helped
const LINE = /main\.py line (\d+)/;

export class Results {
  readonly element = h("div", { class: "results" });
  /** What readers believe who make a mistake, by its id. */
  beliefs: Record<string, string> = {};
  private readonly list = h("ol", { class: "checks" });
  private readonly closing = h("div", { class: "closing" });

  constructor(
    private readonly desk: Desk,
    private readonly store: Store,
    private readonly onPassed: () => void,
    private readonly onNothing: () => void,
  ) {
    this.element.append(this.list, this.closing);
  }

  /** Run the checks; `counts` is false for code that is not the reader's own. */
  async check(counts: boolean, seed?: number): Promise<void> {
    this.list.replaceChildren();
    this.closing.replaceChildren(h("p", { class: "quiet" }, this.desk.say("checking")));
    const { lesson, files } = this.desk;
    const task = { do: "check" as const, lesson, files, ...(seed === undefined ? {} : { seed }) };
    const checked = await this.desk.run(task, "checking", (result) => this.add(result, counts));
    this.closing.replaceChildren();
    if (checked) this.close(checked, counts);
    else if (!this.list.childElementCount) this.onNothing();
  }

  private add(result: CheckResult, counts: boolean): void {
    if (result.visibility === "visible") this.list.append(this.row(result, counts));
  }

  private row(result: CheckResult, counts: boolean): HTMLElement {
    const { say } = this.desk;
    const head = h(
      "p",
      { class: "title" },
      h("span", { class: "mark", "aria-hidden": "true" }, MARKS[result.status]),
      h("span", { class: "sr" }, `${say(result.status)}: `),
      h("span", { lang: "en" }, result.title),
    );
    const failed = result.status === "failed" || result.status === "error";
    return h("li", { class: result.status }, head, failed && this.facts(result, counts), failed && this.jump(result));
  }

  private facts(result: CheckResult, counts: boolean): HTMLElement {
    const { say } = this.desk;
    const facts = h("dl", {});
    const rows: [string, Node | string | null][] = [
      [say("sent"), result.sent && h("code", {}, command(result.sent))],
      [say("came back"), result.came_back],
      [say("contract"), result.contract],
      [say("hint"), this.advice(result, counts)],
    ];
    for (const [label, text] of rows) if (text) facts.append(h("dt", {}, label), h("dd", { lang: "en" }, text));
    return facts;
  }

  private jump({ came_back }: CheckResult): HTMLElement | null {
    const [, line] = LINE.exec(came_back ?? "") ?? [];
    if (!line) return null;
    const act = () => this.desk.goTo(Number(line));
    return h("button", { type: "button", class: "button small", onclick: act }, this.desk.say("toLine", { line }));
  }

  /** The check's hint, or a question when it did not help. */
  private advice(result: CheckResult, counts: boolean): string | null {
    const count = counts ? this.store.repeats(result) : 1;
    if (count < ASK_AT) return result.hint;
    const belief = result.misconception && this.beliefs[result.misconception];
    return belief ? this.desk.say("isItSo", { belief }) : this.desk.say("whichLine", { count });
  }

  private close({ verdict, log }: Checked, counts: boolean): void {
    const { say } = this.desk;
    const shown = verdict.checks.filter((one) => one.visibility === "visible");
    if (this.list.childElementCount !== shown.length) this.list.replaceChildren(...shown.map((one) => this.row(one, counts)));
    if (counts) this.store.count(verdict);
    const score = this.score(verdict);
    this.closing.replaceChildren(
      ...this.waiting(shown, verdict).map((text) => h("p", { class: "quiet" }, text)),
      h("p", { class: `score ${verdict.status}` }, score),
      h("p", {}, say(verdict.status === "passed" ? "onward" : verdict.status === "failed" ? "next" : "notJudged")),
    );
    if (verdict.status === "failed") this.closing.append(this.again(verdict, counts));
    if (log) this.closing.append(h("details", {}, h("summary", {}, say("log")), h("pre", { tabindex: 0 }, log)));
    const first = shown.find((one) => one.status === "failed" || one.status === "error");
    this.desk.announce([score, first && `${say(first.status)}: ${first.title}`].filter(Boolean).join(" "));
    if (verdict.status === "passed" && counts) this.onPassed();
  }

  private waiting(shown: CheckResult[], verdict: Verdict): string[] {
    const { say } = this.desk;
    const waiting = shown.filter((one) => one.status === "skipped").length;
    const first = shown.find((one) => one.status === "failed" || one.status === "error");
    const lines = [];
    if (waiting && first) lines.push(say(waiting === 1 ? "waitsOne" : "waits", { count: waiting, title: first.title }));
    if (shown.length < verdict.checks.length && verdict.status === "failed" && !first) lines.push(say("hiddenFailed"));
    return lines;
  }

  private score({ status, score, max_score }: Verdict): string {
    if (status === "error") return this.desk.say("error");
    return this.desk.say(status === "passed" ? "allPassed" : "points", { score, max: max_score });
  }

  private again(verdict: Verdict, counts: boolean): HTMLElement {
    const seed = Number(verdict.versions.seed);
    const act = () => void this.check(counts, seed);
    return h("button", { type: "button", class: "button small", onclick: act }, this.desk.say("sameData", { seed }));
  }
}
