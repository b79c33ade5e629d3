/** What stands still in the picture: boxes, titles, shelves, the road, and the notes written on them. */

import { s, set, write } from "./dom.ts";
import { CONNECTION, LANES, slotBox, type Box, type Geometry, type Point } from "./geometry.ts";
import type { Words } from "./words.ts";

const LINE = 13; // between two rows of text in the database

export const POOL = 4; // connections drawn in the pool; more are counted

/** Where a connection lies while it is in the pool. */
export function homeAt({ engine }: Geometry, home: number): Point {
  return { x: engine.x + 9 + (home % 2) * (CONNECTION.w + 6), y: engine.y + 32 + Math.floor(home / 2) * 28 };
}

export class Scenery {
  readonly parts: SVGElement[];
  /** Rows of text that the database has room for. */
  rows = 0;
  private readonly notes = new Map<string, SVGElement>();
  private readonly sessions: { box: SVGElement; name: SVGElement }[] = [];

  constructor(
    private readonly where: Geometry,
    private readonly words: Words,
    readonly slots: number,
    homes: number,
  ) {
    const { client, app, outside, engine } = where;
    this.parts = [
      s("path", { class: "road", d: `M${client.x + client.w} ${where.atApp.y + 14}H${app.x}` }),
      ...this.box("client", client),
      ...this.box("app", app),
      ...Array.from({ length: slots }, (_, slot) => this.session(slot)),
      ...this.box("engine", engine),
      ...Array.from({ length: Math.min(POOL, homes) }, (_, home) => this.home(home)),
      this.cylinder(where.database),
      ...(where.name === "wide" ? [s("path", { class: "shelf", d: `M${outside.x[0]! - 9} 66V112` })] : []),
      this.label("outside", outside.x[0]!, outside.y - 5),
      this.label("pool", engine.x + engine.w - 10, engine.y + 17, "end"),
      this.label("lanes", where.laneX, where.lane(LANES - 1) + 27),
      this.label("request", client.x + 10, client.y + 38),
      this.label("waits", client.x + 10, client.y + 54),
    ];
    this.note("outside", words.say("outside"));
  }

  private box(name: string, { x, y, w, h }: Box): SVGElement[] {
    return [
      s("rect", { class: `box ${name}`, x, y, width: w, height: h, rx: 8 }),
      s("text", { class: "title", x: x + 10, y: y + 18 }, this.words.say(name)),
    ];
  }

  private label(name: string, x: number, y: number, anchor = "start"): SVGElement {
    const label = s("text", { class: "small note", x, y, "text-anchor": anchor });
    this.notes.set(name, label);
    return label;
  }

  /** The empty place that a connection leaves behind. */
  private home(home: number): SVGElement {
    return s("rect", { class: "home", ...homeAt(this.where, home), width: CONNECTION.w, height: CONNECTION.h, rx: 11 });
  }

  private session(slot: number): SVGElement {
    const { pending, identity } = this.where;
    const at = slotBox(this.where, slot, this.slots);
    const box = s("rect", { class: "box session", x: at.x, y: at.y, width: at.w, height: at.h, rx: 8 });
    const tight = at.h < 50; // three sessions on a narrow map
    const name = s("text", { class: tight ? "title tight" : "title", x: at.x + 10, y: at.y + (tight ? 10 : this.slots > 2 ? 14 : 18) });
    this.sessions.push({ box, name });
    if (this.slots > 1) return s("g", {}, box, name);
    return s(
      "g",
      {},
      box,
      name,
      s("text", { class: "small note", x: pending[0], y: at.y + 36 }, this.words.say("new")),
      s("text", { class: "small note", x: identity[0], y: at.y + 36 }, this.words.say("identityMap")),
      s("path", { class: "shelf", d: `M${identity[0]! - 9} ${at.y + 28}V${at.y + at.h - 8}` }),
    );
  }

  private cylinder({ x, y, w, h }: Box): SVGElement {
    const rim = 10;
    const bottom = y + h - rim;
    this.rows = Math.floor((h - 48) / LINE);
    return s(
      "g",
      {},
      s("path", { class: "box", d: `M${x} ${y + rim}V${bottom}A${w / 2} ${rim} 0 0 0 ${x + w} ${bottom}V${y + rim}` }),
      s("ellipse", { class: "box", cx: x + w / 2, cy: y + rim, rx: w / 2, ry: rim }),
      s("text", { class: "title", x: x + w / 2, y: y + 35, "text-anchor": "middle" }, this.words.say("database")),
      ...Array.from({ length: this.rows }, (_, row) => this.label(`row${row}`, x + 7, y + 50 + row * LINE)),
    );
  }

  /** Write one of the notes, in one of its looks. */
  note(name: string, text: string, look = ""): void {
    const label = this.notes.get(name);
    if (!label) return;
    write(label, text);
    set(label, "class", `small note ${look}`);
  }

  /** Show a session as open, under its name, or as a place where none is. */
  nameSession(slot: number, name: string, open: boolean): void {
    const { box, name: title } = this.sessions[slot]!;
    set(box, "class", `box session ${open ? "open" : "absent"}`);
    write(title, name);
  }
}
