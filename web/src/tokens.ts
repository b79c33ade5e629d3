/** The things that move in the picture: objects, connections, the envelope, a statement on its way. */

import { cut, s, set, write } from "./dom.ts";
import { CONNECTION, ENVELOPE, type Geometry } from "./geometry.ts";

export interface Token {
  key: string;
  x: number;
  y: number;
  kind: string;
  texts: string[];
}

type Draw = (where: Geometry) => SVGElement[];

const text = (name: string, x: number, y: number, anchor = "start") =>
  s("text", { class: name, x, y, "text-anchor": anchor });

/** A card with the object's name, its key and its state. */
export const drawObject: Draw = ({ chip }) => [
  s("rect", { class: "card", width: chip.w, height: chip.h, rx: 6 }),
  text("strong", 8, 14),
  text("small", chip.w - 8, 14, "end"),
  text("small", 8, 26),
];

export const drawConnection: Draw = () => [
  s("rect", { class: "card", width: CONNECTION.w, height: CONNECTION.h, rx: 11 }),
  s("circle", { class: "plug", cx: 11, cy: CONNECTION.h / 2, r: 4 }),
  text("small", 20, CONNECTION.h / 2 + 4),
];

export const drawEnvelope: Draw = () => [
  s("rect", { class: "card", width: ENVELOPE.w, height: ENVELOPE.h, rx: 3 }),
  s("path", { class: "flap", d: `M1 2L${ENVELOPE.w / 2} ${ENVELOPE.h / 2.6}L${ENVELOPE.w - 1} 2` }),
  text("strong", ENVELOPE.w / 2, ENVELOPE.h - 6, "middle"),
];

export const drawPill: Draw = ({ pill }) => [
  s("rect", { class: "card", width: pill.w, height: 24, rx: 12 }),
  text("small", 12, 16),
];

/** Keyed tokens in one group: each glides to its place by a CSS transition. */
export class Tokens {
  readonly group: SVGElement;
  private readonly known = new Map<string, SVGElement>();

  constructor(
    name: string,
    private readonly draw: Draw,
  ) {
    this.group = s("g", { class: name });
  }

  /** A new map: all tokens are drawn anew. */
  clear(): void {
    this.group.replaceChildren();
    this.known.clear();
  }

  show(where: Geometry, tokens: Token[]): void {
    const wanted = new Set(tokens.map((one) => one.key));
    for (const [key, element] of this.known) {
      if (wanted.has(key)) continue;
      element.remove();
      this.known.delete(key);
    }
    for (const one of tokens) this.place(where, one);
  }

  private place(where: Geometry, one: Token): void {
    let element = this.known.get(one.key);
    if (!element) {
      element = s("g", {}, ...this.draw(where));
      this.known.set(one.key, element);
      this.group.append(element);
    }
    set(element, "class", `token ${one.kind}`);
    set(element, "style", `transform:translate(${one.x}px,${one.y}px)`);
    const labels = element.querySelectorAll("text");
    labels.forEach((label, index) => write(label, one.texts[index] ?? ""));
  }
}

/** Cut a text to a width in units, by the width of an average letter. */
export function fit(label: string, width: number, letter = 6.4): string {
  return cut(label, Math.floor(width / letter));
}
