/** `<yielddb-playground>` once it is open: editor, buttons, panes, and the life between opening and leaving. */

import { h, set, write } from "../dom.ts";
import palette from "../palette.css";
import type { Manifest } from "../runtime/protocol.ts";
import { Desk } from "./desk.ts";
import { Editor } from "./editor.ts";
import { Keeping, tellWoes } from "./keeping.ts";
import { Notices } from "./notices.ts";
import look from "./playground.css";
import { Requests } from "./requests.ts";
import { Results } from "./results.ts";
import { Runner } from "./runner.ts";
import { Store } from "./store.ts";
import { Tools } from "./tools.ts";
import { Watching } from "./watching.ts";
import { type Say, speaker, type Word } from "./words.ts";

const MEGABYTE = 1_000_000; // as a browser's own download list counts
const IS_MAC = /mac|iphone|ipad/i.test(navigator.userAgent);

let runner: Runner | undefined; // of the page: it stays warm from lesson to lesson
let sheet: CSSStyleSheet | undefined;

export class Playground {
  private readonly say: Say = speaker();
  private readonly root: ShadowRoot;
  private readonly lesson: string;
  private readonly runner: Runner;
  private readonly about = new Notices(this.say("close"), () => this.focus());
  private readonly troubles = new Notices(this.say("close"), () => this.focus());
  private readonly status = h("p", { role: "status", class: "sr" });
  private readonly bar = h("progress", { hidden: true, "aria-label": this.say("loadingNoTotal") });
  private readonly loading = h("span", { class: "quiet" });
  private readonly stop = h("button", { type: "button", class: "button stop", hidden: true, onclick: () => this.end() }, this.say("stop"));
  private readonly doing = new Map<"check" | "request" | "watch", HTMLElement>();
  private readonly panes = new Map<string, HTMLElement>();
  private readonly editor: Editor;
  private readonly store: Store;
  private readonly keeping: Keeping;
  private readonly desk: Desk;
  private readonly results: Results;
  private readonly requests: Requests;
  private readonly watching: Watching;
  private readonly tools: Tools;

  constructor(host: HTMLElement, assets: string, starter: string) {
    this.lesson = host.getAttribute("lesson") ?? "";
    runner ??= new Runner(new URL(host.getAttribute("runtime") ?? "../../runtime/", assets));
    this.runner = runner;
    this.root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = [style()];
    this.store = new Store(this.lesson, tellWoes(this.about, this.say));
    const place = h("div", { class: "editor" });
    this.editor = new Editor({
      parent: place,
      root: this.root,
      say: this.say,
      code: this.store.read() ?? starter,
      onChange: () => this.keeping?.changed(),
      onCheck: () => void this.check(),
    });
    this.keeping = new Keeping(this.lesson, this.store, this.editor, this.say, this.about, starter);
    this.desk = this.makeDesk(assets);
    this.results = new Results(this.desk, this.store, () => this.tools.unlock(), () => this.show(""));
    this.requests = new Requests(this.desk);
    this.watching = new Watching(this.desk, this.requests);
    this.tools = new Tools(this.desk, this.keeping, this.store, this.root);
    this.root.replaceChildren(this.frame(place));
    this.runner.addEventListener("change", this.onState);
    this.onState();
    void this.keeping.onHash();
    void this.meet();
  }

  private makeDesk(assets: string): Desk {
    const code = () => this.editor.code;
    const goTo = (line: number) => this.editor.goTo(line);
    return new Desk(this.lesson, this.say, this.runner, assets, this.troubles, this.status, code, goTo);
  }

  private frame(place: HTMLElement): HTMLElement {
    const { say } = this;
    const pane = (name: string, word: Word, content: HTMLElement) => {
      const section = h("section", { class: "pane", id: name, "aria-label": say(word), hidden: true }, h("p", { class: "heading" }, say(word)), content);
      this.panes.set(name, section);
      return section;
    };
    const action = (name: "check" | "request" | "watch", act: () => void, primary = false) => {
      const kind = primary ? "button primary" : "button";
      const button = h("button", { type: "button", class: kind, "aria-controls": name, "aria-expanded": "false", onclick: act }, say(name));
      this.doing.set(name, button);
      return button;
    };
    const boot = h("span", { class: "boot" }, this.bar, this.loading);
    return h(
      "div",
      { class: "frame", role: "group", "aria-label": say("playground"), onkeydown: this.onKey },
      h("div", { class: "head" }, h("span", { class: "file" }, "main.py"), boot, this.tools.element),
      this.about.element,
      place,
      h("p", { class: "keys quiet" }, say("keys", { mod: IS_MAC ? "⌘" : "Ctrl" })),
      h(
        "div",
        { class: "actions" },
        action("check", () => void this.check(), true),
        action("request", () => void this.open("request", () => this.requests.refresh())),
        action("watch", () => void this.open("watch", () => this.watching.refresh())),
        this.stop,
      ),
      this.troubles.element,
      this.tools.solution,
      pane("check", "results", this.results.element),
      pane("request", "requests", this.requests.element),
      pane("watch", "watching", this.watching.element),
      this.status,
    );
  }

  /** Load the runtime while the reader reads; code from a link alone never asks for it. */
  warm(): void {
    if (this.runner.state === "cold") void this.desk.boot();
  }

  focus(): void {
    this.editor.focus();
  }

  /** The element left the page. */
  close(): void {
    this.keeping.close();
    this.runner.removeEventListener("change", this.onState);
    if (this.runner.state === "busy") this.runner.stop();
    this.editor.destroy();
  }

  /** Ctrl-Enter sends the form one is in; everywhere else it checks. */
  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    event.preventDefault();
    const form = (event.target as Element).closest("form");
    if (form) form.requestSubmit();
    else void this.check();
  };

  /** Stop hides itself: the focus goes on to Check. */
  private end(): void {
    this.runner.stop();
    this.doing.get("check")?.focus();
  }

  private show(name: string): void {
    for (const [one, section] of this.panes) section.hidden = one !== name;
    for (const [one, button] of this.doing) set(button, "aria-expanded", String(one === name));
  }

  private async check(): Promise<void> {
    if (this.runner.state === "busy") return;
    this.keeping.flush();
    this.show("check");
    await this.results.check(this.keeping.isOwn);
  }

  private async open(name: string, refresh: () => Promise<unknown>): Promise<void> {
    if (this.runner.state === "busy") return;
    this.show(name);
    await refresh();
  }

  /** What the runtime says of this lesson before it is loaded. */
  private async meet(): Promise<void> {
    let manifest: Manifest;
    try {
      const response = await fetch(new URL("manifest.json", this.runner.folder));
      if (!response.ok) return;
      manifest = (await response.json()) as Manifest;
    } catch {
      return; // the boot will say so, with the way out
    }
    this.desk.manifest = manifest;
    this.results.beliefs = manifest.beliefs ?? {};
    const about = manifest.lessons[this.lesson];
    const extras = { commands: this.desk.commands };
    if (!about) this.about.show("lesson", this.say("noLesson"), { mark: "wrong" });
    else if (about.needs_server) this.about.show("server", this.say("needsServer", { why: about.needs_server }), extras);
  }

  private readonly onState = (): void => {
    const { state, progress } = this.runner;
    const isBusy = state === "busy";
    set(this.root.querySelector(".frame")!, "data-runtime", state);
    this.stop.hidden = state !== "busy" && state !== "booting";
    for (const button of this.doing.values()) set(button, "aria-disabled", isBusy || null);
    this.bar.hidden = state !== "booting";
    this.loading.hidden = state !== "booting";
    if (state !== "booting") return;
    const isLoading = progress?.what !== "start";
    set(this.bar, "value", progress?.total ? progress.loaded / progress.total : null);
    const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(1);
    const sizes = progress && { loaded: megabytes(progress.loaded), total: megabytes(progress.total) };
    write(this.loading, !isLoading ? this.say("starting") : sizes ? this.say("loading", sizes) : this.say("loadingNoTotal"));
  };
}

/** One style sheet for all playgrounds of a page. */
function style(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(palette + look);
  }
  return sheet;
}
