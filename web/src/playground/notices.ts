/** Messages that stay until they are answered or over; the same one is never shown twice. */

import { h } from "../dom.ts";

export interface Extras {
  fix?: string;
  lead?: string;
  commands?: string;
  mark?: "wrong" | "right";
  actions?: { label: string; act(): void }[];
}

export class Notices {
  readonly element = h("div", { class: "notices" });
  private readonly shown = new Map<string, HTMLElement>();

  /** `home` takes the focus of a button that is gone. */
  constructor(
    private readonly closeLabel: string,
    private readonly home: () => void,
  ) {}

  show(key: string, text: string, { fix, lead, commands, mark, actions = [] }: Extras = {}): void {
    const buttons = actions.map(({ label, act }) =>
      h("button", { type: "button", class: "button", onclick: () => (this.hide(key), act(), this.home()) }, label),
    );
    const close = h("button", { type: "button", class: "close", "aria-label": this.closeLabel, onclick: () => (this.hide(key), this.home()) }, "×");
    const notice = h(
      "div",
      { class: `notice ${mark ?? ""}`, role: mark === "wrong" ? "alert" : "status" },
      h("p", {}, text),
      fix ? h("p", {}, fix) : null,
      lead ? h("p", {}, lead) : null,
      commands ? h("pre", { class: "commands", tabindex: 0 }, commands) : null,
      buttons.length ? h("div", { class: "row" }, ...buttons) : null,
      close,
    );
    const before = this.shown.get(key);
    if (before) before.replaceWith(notice);
    else this.element.append(notice);
    this.shown.set(key, notice);
  }

  /** Take one away, or all. */
  hide(key?: string): void {
    for (const one of key === undefined ? [...this.shown.keys()] : [key]) {
      this.shown.get(one)?.remove();
      this.shown.delete(one);
    }
  }
}
