/** What both elements share: a shadow root with the look, one clear message for a fault, the hash, the keys. */

import { h, set } from "./dom.ts";
import frame from "./frame.css";
import palette from "./palette.css";
import panes from "./panes.css";
import picture from "./picture.css";
import { Fault } from "./trace.ts";
import { Words } from "./words.ts";

let sheet: CSSStyleSheet | undefined;

/** One style sheet for all players of a page. */
function style(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(palette + frame + panes + picture);
  }
  return sheet;
}

export abstract class TraceElement extends HTMLElement {
  protected words = new Words("en");
  private readonly root: ShadowRoot;
  private round = 0;

  constructor() {
    super();
    this.root = this.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = [style()];
  }

  connectedCallback(): void {
    window.addEventListener("hashchange", this.onHash);
    void this.load();
  }

  disconnectedCallback(): void {
    window.removeEventListener("hashchange", this.onHash);
    this.round++;
    this.close();
  }

  /** Read the data and build what shows it. */
  protected abstract build(): Promise<HTMLElement[]>;
  protected abstract close(): void;
  protected abstract goTo(step: number): void;
  protected abstract started(): void;

  /** Read and draw again, for instance after other data was given. */
  protected async load(): Promise<void> {
    const round = ++this.round;
    this.close();
    this.words = Words.of(this);
    try {
      const content = await this.build();
      if (round !== this.round) return this.close();
      this.present(...content);
      this.started();
      this.onHash();
    } catch (error) {
      if (round === this.round) this.complain(error instanceof Fault ? error : new Fault("faultShape"));
      if (!(error instanceof Fault)) throw error;
    }
  }

  private present(...content: HTMLElement[]): void {
    const frame = h("div", { class: "frame-of-all", role: "group", "aria-label": this.words.say("player") }, ...content);
    this.root.replaceChildren(frame, h("slot"));
  }

  private complain(fault: Fault): void {
    const says = this.words.say(fault.word, { detail: fault.detail });
    this.present(h("p", { class: "fault", role: "alert" }, says));
  }

  /** `#id:step` counts steps from 1, as the reader sees them. */
  private readonly onHash = (): void => {
    const [, anchor, step] = /^#(.+):(\d+)$/.exec(decodeHash()) ?? [];
    if (!anchor || anchor !== this.id) return;
    this.goTo(Number(step) - 1);
    const box = this.getBoundingClientRect();
    if (box.top < 0 || box.top > window.innerHeight / 2) this.scrollIntoView({ block: "start" });
  };

  /** Is there a transcript in the page already? */
  protected get hasTranscript(): boolean {
    return [...this.children].some((one) => one.tagName !== "TEMPLATE");
  }

  protected busy(playing: boolean, ...statuses: HTMLElement[]): void {
    for (const one of statuses) set(one, "aria-live", playing ? "off" : "polite");
  }
}

function decodeHash(): string {
  try {
    return decodeURIComponent(location.hash);
  } catch {
    return location.hash; // a stray % is nobody's step
  }
}
