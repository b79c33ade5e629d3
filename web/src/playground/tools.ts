/** Reset, Solution, Download, Share: what is done with the text as a whole. */

import { h } from "../dom.ts";
import type { Desk } from "./desk.ts";
import { dialog, save } from "./dialog.ts";
import { reader } from "./editor.ts";
import type { Keeping } from "./keeping.ts";
import { notebook } from "./notebook.ts";
import { fragment, LINK_LIMIT } from "./share.ts";
import type { Store, Version } from "./store.ts";
import type { Word } from "./words.ts";

export class Tools {
  readonly element: HTMLElement;
  readonly solution = h("section", { class: "solution", hidden: true });
  private readonly solutionButton: HTMLElement;

  constructor(
    private readonly desk: Desk,
    private readonly keeping: Keeping,
    private readonly store: Store,
    private readonly root: ShadowRoot,
  ) {
    this.solutionButton = this.button("solution", () => this.askSolution());
    if (store.passed) this.unlock();
    this.element = h(
      "div",
      { class: "tools" },
      this.button("reset", () => this.reset()),
      this.solutionButton,
      this.button("download", () => this.download()),
      this.button("share", () => void this.share()),
    );
  }

  /** The solution is open from now on. */
  unlock(): void {
    this.solutionButton.classList.add("open");
  }

  private button(word: Word, act: () => void): HTMLElement {
    return h("button", { type: "button", class: "button small", onclick: act }, this.desk.say(word));
  }

  private reset(): void {
    const { say } = this.desk;
    const versions = this.keeping.earlier.map((one) => {
      const act = () => (box.close(), this.keeping.takeBack(one.code));
      return h("li", {}, h("button", { type: "button", class: "button small", onclick: act }, this.named(one)));
    });
    const content = [
      h("p", {}, say("resetAsk")),
      versions.length ? h("p", {}, say("earlier")) : null,
      versions.length ? h("ul", {}, ...versions) : null,
    ];
    const choices = [{ label: say("resetYes"), primary: true, act: () => this.keeping.reset() }];
    const box = dialog(this.root, say("reset"), say("cancel"), content, choices);
  }

  private named({ code, at }: Version): string {
    const language = document.documentElement.lang || "en";
    const when = new Date(at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
    return this.desk.say("version", { when, lines: code.split("\n").length });
  }

  // --- solution

  private askSolution(): void {
    const { say } = this.desk;
    if (!this.solution.hidden) return this.hideSolution();
    if (this.store.passed) return void this.showSolution();
    const choices = [{ label: say("solutionYes"), act: () => this.showSolution() }];
    dialog(this.root, say("solution"), say("cancel"), [h("p", {}, say("solutionAsk"))], choices);
  }

  private hideSolution(): void {
    this.solution.hidden = true;
    this.solution.replaceChildren();
  }

  private async showSolution(): Promise<void> {
    const { say } = this.desk;
    const found = await this.desk.run({ do: "solution", lesson: this.desk.lesson }, "loadingNoTotal");
    const code = found?.files["main.py"];
    if (code === undefined) return;
    const place = h("div", { class: "editor" });
    const use = () => (this.hideSolution(), this.keeping.replace(code), this.desk.goTo(1));
    this.solution.replaceChildren(
      h("p", { class: "heading" }, say("solutionTitle")),
      place,
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "button", onclick: use }, say("useSolution")),
        h("button", { type: "button", class: "button", onclick: () => (this.hideSolution(), this.solutionButton.focus()) }, say("close")),
      ),
    );
    this.solution.hidden = false;
    reader(place, this.root, code, say("solutionTitle"));
    this.desk.announce(say("solutionTitle"));
  }

  // --- download and share

  private download(): void {
    const { say, lesson, manifest } = this.desk;
    const about = manifest?.lessons[lesson];
    const name = `${about?.stem ?? lesson}.ipynb`;
    const book = () => notebook(about?.stem ?? lesson, about?.title ?? lesson, say("bookText"), this.desk.code());
    dialog(this.root, say("download"), say("cancel"), [h("p", {}, say("downloadAsk"))], [
      { label: "main.py", primary: true, act: () => save("main.py", "text/x-python", this.desk.code()) },
      { label: say("notebook", { name }), act: () => save(name, "application/x-ipynb+json", book()) },
    ]);
  }

  private async share(): Promise<void> {
    const { say, lesson } = this.desk;
    const tell = (text: string) => dialog(this.root, say("share"), say("close"), [h("p", {}, text)]);
    if (typeof CompressionStream !== "function") return void tell(say("noSharing"));
    const hash = await fragment(lesson, this.desk.code());
    const length = hash.length;
    if (length > LINK_LIMIT) return void tell(say("shareTooLong", { length, limit: LINK_LIMIT }));
    const link = new URL(hash, location.href).href;
    const shown = h("input", { type: "text", readonly: true, value: link, "aria-label": say("shareLink") });
    const said = h("span", { role: "status" });
    const copy = async () => {
      shown.select();
      // without the permission the link is selected: the reader's own Ctrl-C takes it
      await navigator.clipboard?.writeText(link).then(() => (said.textContent = say("copied")), () => undefined);
    };
    const row = h("div", { class: "row" }, shown, h("button", { type: "button", class: "button primary", onclick: () => void copy() }, say("copy")), said);
    dialog(this.root, say("share"), say("close"), [h("p", {}, say("shareText", { limit: LINK_LIMIT })), row]);
    shown.select();
  }
}
