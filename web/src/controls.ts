/** Buttons, slider, keys and playing: whatever moves the step. */

import { h, s, set, write } from "./dom.ts";
import type { TraceEvent } from "./trace.ts";
import type { Words } from "./words.ts";

/** What the controls move. */
export interface Reel {
  readonly length: number;
  readonly step: number;
  readonly anchor: string;
  readonly predicting: boolean | null;
  go(step: number): void;
  find(wanted: (event: TraceEvent) => boolean): number;
  predict(): void;
}

const JUMPS: Record<string, { key: string; kinds: string[] }> = {
  request: { key: "q", kinds: ["request"] },
  sql: { key: "s", kinds: ["sql"] },
  state: { key: "o", kinds: ["state"] },
  commit: { key: "c", kinds: ["commit", "rollback"] },
  response: { key: "r", kinds: ["response"] },
};
const SPEEDS = ["0.5", "1", "2", "5", "20"]; // steps per second
const RAW_KEYS = new Set(["SELECT", "TEXTAREA"]);

const ICONS: Record<string, string> = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M12 3v10L4 8z",
  next: "M4 3v10l8-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M2 3v10l6-5zM8 3v10l6-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  link: "M6 9.5 9.5 6l1 1L7 10.5zM8 4l1.5-1.5a3 3 0 0 1 4 4L12 8l-1-1 1.5-1.5a1.6 1.6 0 0 0-2-2L9 5zM8 12l-1.5 1.5a3 3 0 0 1-4-4L4 8l1 1-1.5 1.5a1.6 1.6 0 0 0 2 2L7 11z",
};

function icon(name: string): HTMLElement {
  const drawing = s("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
  return drawing as unknown as HTMLElement; // an element all the same
}

/** The key as on a Latin keyboard, so that letters work under a Cyrillic one. */
function latin(event: KeyboardEvent): string {
  const foreign = event.key.length === 1 && event.key > "~";
  return foreign && event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

export class Controls {
  readonly element: HTMLElement;
  readonly slider: HTMLInputElement;
  playing = false;
  private timer = 0;
  private readonly speed: HTMLSelectElement;
  private readonly playButton: HTMLElement;
  private readonly predictButton: HTMLElement;
  private readonly count = h("span", { class: "count" });
  private readonly link = h("a", { class: "button" }, icon("link"));
  private readonly help: HTMLElement;
  private readonly helpButton: HTMLElement;
  private readonly jumps = new Map<string, HTMLElement>();
  private readonly ends: HTMLElement[];

  constructor(
    private readonly reel: Reel,
    private readonly words: Words,
    private readonly onPlaying: (playing: boolean) => void,
  ) {
    const { length } = reel;
    this.slider = h("input", { type: "range", min: 1, max: length, value: 1, "aria-label": words.say("slider") });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value) - 1));
    this.speed = h(
      "select",
      { "aria-label": words.say("speed"), title: words.say("speed") },
      ...SPEEDS.map((one) => h("option", { value: one, selected: one === "1" }, `${one}×`)),
    );
    this.playButton = this.button(icon("play"), "play", () => this.play());
    this.predictButton = this.button(words.say("predict"), "predict", () => reel.predict());
    set(this.link, "title", words.say("link"));
    set(this.link, "aria-label", words.say("link"));
    this.help = this.keyTable();
    this.helpButton = this.button("?", "help", () => this.toggleHelp());
    const buttons = [
      this.button(icon("first"), "first", () => this.go(0)),
      this.button(icon("back"), "back", () => this.go(reel.step - 1)),
      this.button(icon("next"), "next", () => this.go(reel.step + 1), "primary"),
      this.button(icon("last"), "last", () => this.go(length - 1)),
    ];
    this.ends = buttons;
    this.element = this.bar(buttons);
  }

  private bar(buttons: HTMLElement[]): HTMLElement {
    const jumps = Object.keys(JUMPS).map((name) => this.jumpButton(name));
    const modes = [this.speed, this.reel.predicting === null ? null : this.predictButton, this.link, this.helpButton];
    return h(
      "div",
      { class: "head" },
      h("div", { class: "bar" }, ...buttons, this.playButton, this.count),
      h(
        "div",
        { class: "more" },
        h("div", { class: "group jumps", role: "group", "aria-label": this.words.say("jump") }, `${this.words.say("jump")}:`, ...jumps),
        h("div", { class: "group modes" }, ...modes),
        this.help,
      ),
    );
  }

  private button(sign: HTMLElement | string, name: string, act: () => void, look = ""): HTMLElement {
    const label = this.words.say(name);
    return h("button", { type: "button", class: `button ${name} ${look}`, title: label, "aria-label": label, onclick: act }, sign);
  }

  private jumpButton(name: string): HTMLElement {
    const button = h("button", { type: "button", class: "button", onclick: () => this.jump(name) }, this.words.say(`jump ${name}`));
    this.jumps.set(name, button);
    return button;
  }

  private keyTable(): HTMLElement {
    const rows: [string, string][] = [
      ["← →", this.words.say("key arrows")],
      ["Home End", this.words.say("key ends")],
      ["Space", this.words.say("key space")],
      ...Object.entries(JUMPS).map(([name, one]): [string, string] => [one.key, `${this.words.say("jump")}: ${this.words.say(`jump ${name}`)}`]),
      ["p", this.words.say("predict")],
      ["?", this.words.say("help")],
    ];
    const list = rows.flatMap(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]);
    return h("div", { class: "keys", hidden: true }, h("p", {}, this.words.say("key focus")), h("dl", {}, ...list));
  }

  private toggleHelp(): void {
    this.help.hidden = !this.help.hidden;
    set(this.helpButton, "aria-expanded", this.help.hidden ? "false" : "true");
  }

  private go(step: number): void {
    this.stop();
    this.reel.go(step);
  }

  private target(name: string): number {
    const { kinds } = JUMPS[name]!;
    return this.reel.find((event) => kinds.includes(event.kind));
  }

  private jump(name: string): void {
    const target = this.target(name);
    if (target >= 0) this.go(target);
  }

  private play(): void {
    if (this.playing) return this.stop();
    this.playing = true;
    this.onPlaying(true);
    this.showPlaying();
    if (this.reel.step >= this.reel.length - 1) this.reel.go(0);
    this.tick();
  }

  private tick(): void {
    this.timer = window.setTimeout(() => {
      const before = this.reel.step;
      this.reel.go(before + 1);
      if (this.reel.step === before || this.reel.step >= this.reel.length - 1) this.stop();
      else this.tick();
    }, 1000 / Number(this.speed.value));
  }

  stop(): void {
    if (!this.playing) return;
    window.clearTimeout(this.timer);
    this.playing = false;
    this.onPlaying(false);
    this.showPlaying();
  }

  private showPlaying(): void {
    const label = this.words.say(this.playing ? "pause" : "play");
    this.playButton.replaceChildren(icon(this.playing ? "pause" : "play"));
    set(this.playButton, "aria-label", label);
    set(this.playButton, "title", label);
  }

  /** Bring all controls in line with the step. */
  show(description: string): void {
    const { step, length } = this.reel;
    this.slider.value = String(step + 1);
    set(this.slider, "aria-valuetext", description);
    write(this.count, `${step + 1} / ${length}`);
    set(this.link, "href", `#${this.reel.anchor}:${step + 1}`);
    set(this.link, "hidden", this.reel.anchor === "");
    set(this.predictButton, "aria-pressed", this.reel.predicting ? "true" : "false");
    // aria-disabled, since a button that is disabled would lose the focus
    this.ends.forEach((one, index) => set(one, "aria-disabled", (index < 2 ? step === 0 : step === length - 1) ? "true" : null));
    for (const [name, button] of this.jumps) {
      const ahead = this.reel.predicting || this.target(name) >= 0;
      set(button, "aria-disabled", ahead ? null : "true");
      set(button, "title", ahead ? `${this.words.say("jump")} (${JUMPS[name]!.key})` : this.words.say("noMore"));
    }
  }

  /** One key, pressed while the focus is inside; unknown ones are the page's. */
  key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const target = event.composedPath()[0] as HTMLElement;
    if (RAW_KEYS.has(target.tagName) || (target.tagName === "INPUT" && !this.ours(target, event.key))) return;
    if (event.key === " " && target.matches("button, input, summary, a")) return;
    const act = this.action(latin(event));
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** The slider moves by itself, but letters on it are ours; radio buttons keep all their keys. */
  private ours(target: HTMLElement, key: string): boolean {
    return target === this.slider && key.length === 1;
  }

  private action(key: string): (() => void) | undefined {
    const jump = Object.entries(JUMPS).find(([, one]) => one.key === key.toLowerCase())?.[0];
    if (jump) return () => this.jump(jump);
    const { reel } = this;
    return {
      ArrowRight: () => this.go(reel.step + 1),
      ArrowLeft: () => this.go(reel.step - 1),
      Home: () => this.go(0),
      End: () => this.go(reel.length - 1),
      " ": () => this.play(),
      p: () => reel.predict(),
      "?": () => this.toggleHelp(),
      ...(this.help.hidden ? {} : { Escape: () => this.toggleHelp() }),
    }[key];
  }
}
