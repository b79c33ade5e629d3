/** The picture of the notional machine. Its parts keep their places; what happens moves between them. */

import { brief } from "./change.ts";
import { h, s, set } from "./dom.ts";
import { CONNECTION, geometry, LANES, slotBox, type Geometry } from "./geometry.ts";
import { callStack, type Connection, type History, type Machine, type OrmObject } from "./machine.ts";
import { homeAt, POOL, Scenery } from "./scenery.ts";
import { drawConnection, drawEnvelope, drawObject, drawPill, fit, Tokens, type Token } from "./tokens.ts";
import type { Trace, TraceEvent } from "./trace.ts";
import type { Words } from "./words.ts";

const SLOTS = 3; // sessions drawn at once; more are counted
const SENT = new Set(["sql", "begin", "commit", "rollback", "savepoint", "release savepoint", "rollback savepoint"]);

export class Picture {
  readonly element: HTMLElement;
  private readonly svg = s("svg", { role: "img", class: "machine" });
  private readonly wires = s("g", { class: "wires" });
  private readonly packet = s("g", { class: "packets" });
  private readonly objects = new Tokens("objects", drawObject);
  private readonly connections = new Tokens("connections", drawConnection);
  private readonly envelope = new Tokens("envelopes", drawEnvelope);
  private readonly pills = new Tokens("pills", drawPill);
  private where!: Geometry;
  private scenery!: Scenery;

  constructor(
    private readonly trace: Trace,
    private readonly history: History,
    private readonly words: Words,
  ) {
    this.element = h("section", { class: "pane picture" }, this.svg as unknown as HTMLElement);
    this.resize(0);
  }

  /** Take the map for this width; true when everything has to be shown again. */
  resize(width: number): boolean {
    const next = geometry(width);
    if (next === this.where) return false;
    this.where = next;
    const tokens = [this.pills, this.envelope, this.objects, this.connections];
    for (const one of tokens) one.clear();
    this.scenery = new Scenery(next, this.words, Math.min(SLOTS, this.history.slots), this.history.connections.length);
    set(this.svg, "viewBox", `0 0 ${next.width} ${next.height}`);
    this.svg.replaceChildren(this.wires, ...this.scenery.parts, ...tokens.map((one) => one.group), this.packet);
    return true;
  }

  /** Draw the machine after `event`. */
  show(machine: Machine, event: TraceEvent): void {
    this.people(machine);
    this.showSessions(machine);
    this.objects.show(this.where, this.placeObjects(machine));
    const out = [...machine.connections.values()].filter((one) => one.out);
    this.showPool(machine, out);
    this.showWires(machine, out, event);
    this.showDatabase(machine);
    set(this.svg, "aria-label", this.words.machine(machine));
  }

  private people(machine: Machine): void {
    const number = machine.request ?? -1;
    const request = this.trace.requests.find((one) => one.number === number);
    const answer = machine.requests.get(number);
    const away = answer?.stage === "in";
    const inner = this.where.client.w - 18;
    this.scenery.note("request", request ? fit(`${request.method} ${request.path}`, inner) : "");
    this.scenery.note("waits", answer ? fit(this.words.say(away ? "waits" : "hasAnswer"), inner) : "");
    const kind = `envelope ${away ? "sent" : answer ? "answered" : "idle"}`;
    const word = away ? (request?.method ?? "") : String(answer?.status ?? "");
    const at = away ? this.where.atApp : this.where.atClient;
    this.envelope.show(this.where, request && answer ? [{ key: `${number}`, ...at, kind, texts: [word] }] : []);
    this.pills.show(this.where, this.placePills(machine, answer?.stage === "answered"));
  }

  /** What runs, and which dependencies stay open around it. */
  private placePills(machine: Machine, late: boolean): Token[] {
    const { pill } = this.where;
    const runs = callStack(machine).at(0)?.function;
    const open = machine.dependencies.filter((one) => one.request === machine.request);
    const waiting = open.filter((one) => one.name !== runs).map((one) => ({ name: one.name, kind: "waiting", sign: "❚❚" }));
    const running = runs === undefined ? [] : [{ name: runs, kind: late ? "running late" : "running", sign: "▶" }];
    return [...running, ...waiting].slice(0, this.where.name === "wide" ? 3 : 2).map((one, index) => ({
      key: index === 0 ? one.name : `${index} ${one.name}`,
      x: pill.x + (index % pill.perRow) * (pill.w + 8),
      y: pill.y + Math.floor(index / pill.perRow) * 28,
      kind: `pill ${one.kind}`,
      texts: [fit(`${one.sign} ${one.name}`, pill.w - 18)],
    }));
  }

  private showSessions(machine: Machine): void {
    const open = [...machine.sessions.values()].filter((one) => one.open);
    for (let slot = 0; slot < this.scenery.slots; slot++) {
      const one = open.find((each) => each.slot === slot);
      const more = slot === SLOTS - 1 && open.length > SLOTS ? ` +${open.length - SLOTS}` : "";
      const name = one ? `${this.words.say("session")} ${one.id}${more}` : this.words.say("noSession");
      this.scenery.nameSession(slot, name, one !== undefined);
    }
  }

  /** Every object stands where its state says: new, identity map, or outside any session. */
  private placeObjects(machine: Machine): Token[] {
    const shelves = new Map<string, OrmObject[]>();
    for (const one of machine.objects.values()) {
      const shelf = this.shelf(machine, one);
      if (shelf) shelves.set(shelf, [...(shelves.get(shelf) ?? []), one]);
    }
    return [...shelves].flatMap(([shelf, all]) => this.fillShelf(shelf, all, machine.step));
  }

  private shelf(machine: Machine, one: OrmObject): string | null {
    const session = one.session === null ? undefined : machine.sessions.get(one.session);
    if (session?.open) {
      if (session.slot >= this.scenery.slots) return null;
      return `${one.state === "pending" ? "pending" : "identity"} ${session.slot}`;
    }
    const over = one.request !== undefined && machine.requests.get(one.request)?.stage === "over";
    return over || (one.request !== undefined && one.request !== machine.request) ? null : "outside";
  }

  private fillShelf(shelf: string, all: OrmObject[], step: number): Token[] {
    const { where } = this;
    const [name, slot] = shelf.split(" ");
    const columns = name === "outside" ? where.outside.x : name === "pending" ? where.pending : where.identity;
    const box = slotBox(where, Number(slot ?? 0), this.scenery.slots);
    const single = this.scenery.slots === 1;
    const top = name === "outside" ? where.outside.y : single ? box.y + 42 : box.y + box.h - where.chip.h - 2;
    const room = columns.length * (name !== "outside" && single ? 3 : 1);
    const shown = all.length > room ? all.slice(-room) : all; // the newest: those the code speaks of
    return shown.map((one, index) => ({
      key: one.name,
      x: columns[index % columns.length]!,
      y: top + Math.floor(index / columns.length) * (where.chip.h + 6),
      kind: `object s-${one.state}${one.expired ? " expired" : ""}${one.changed === step ? " fresh" : ""}`,
      texts: [
        fit(one.name, where.chip.w - (one.key === null ? 12 : 46), 6.8),
        one.key === null ? "" : fit(`id ${one.key}`, 40),
        one.expired ? "expired" : index === 0 && all.length > room ? `${one.state} +${all.length - room}` : one.state,
      ],
    }));
  }

  private showPool(machine: Machine, out: Connection[]): void {
    const { laneX, lane } = this.where;
    const homes = this.history.connections;
    const tokens: Token[] = [];
    for (const one of machine.connections.values()) {
      if (!one.open) continue;
      const place = out.indexOf(one);
      const home = homes.indexOf(one.id);
      if (place < 0 ? home >= POOL : place >= LANES) continue;
      const kind = `connection${one.out ? " out" : ""}${one.transaction ? " tx" : ""}${one.lost ? " lost" : ""}`;
      const at = place < 0 ? homeAt(this.where, home) : { x: laneX, y: lane(place) - CONNECTION.h / 2 };
      tokens.push({ key: `${one.id}`, ...at, kind, texts: [`con ${one.id}`] });
    }
    this.connections.show(this.where, tokens);
    this.scenery.note("pool", this.words.say("out", { count: machine.checkedOut }));
    this.scenery.note("lanes", out.length > LANES ? `+${out.length - LANES}` : "");
  }

  private showWires(machine: Machine, out: Connection[], event: TraceEvent): void {
    const shown = out.slice(0, LANES);
    this.wires.replaceChildren(...shown.map((one, place) => this.wire(machine, one, place)));
    const place = shown.findIndex((one) => one.id === event.connection);
    this.packet.replaceChildren(...(place >= 0 && SENT.has(event.kind) ? [this.statement(event, place)] : []));
  }

  private wire(machine: Machine, one: Connection, place: number): SVGElement {
    const y = this.where.lane(place);
    const session = one.session === null ? undefined : machine.sessions.get(one.session);
    const slot = Math.min(session?.slot ?? 0, this.scenery.slots - 1);
    const d = session ? this.where.fromSession(slotBox(this.where, slot, this.scenery.slots), place) : this.where.fromApp(place);
    const x = this.where.name === "wide" ? this.where.laneX + CONNECTION.w + 8 : this.where.laneX;
    const note = one.lost ? "never returned" : one.transaction ? "transaction" : "";
    const word = note && this.words.say(note === "transaction" ? "openTx" : "lost");
    return s(
      "g",
      { class: `wire${one.transaction ? " tx" : ""}${one.lost ? " lost" : ""}` },
      s("path", { d }),
      s("text", { class: "small", x, y: this.where.name === "wide" ? y - 5 : y + 21 }, fit(word, 78)),
    );
  }

  private statement(event: TraceEvent, place: number): SVGElement {
    const word = event.kind === "sql" ? brief(event.statement ?? "SQL").split(" ")[0]! : event.kind.toUpperCase().split(" ")[0]!;
    const width = word.length * 7 + 14;
    const { x, y } = this.where.packet(place, width);
    const card = s("rect", { class: "card", width, height: 20, rx: 4 });
    const label = s("text", { class: "strong", x: width / 2, y: 14, "text-anchor": "middle" }, word);
    return s("g", { transform: `translate(${x} ${y})` }, s("g", { class: `packet p-${event.kind.split(" ").at(-1)}`, style: `--fly:${this.where.fly}` }, card, label));
  }

  private showDatabase(machine: Machine): void {
    const writes = [...machine.connections.values()].flatMap((one) => one.writes);
    const share = Math.floor(this.scenery.rows / 2) - 1; // two headings, each with its rows
    const section = (name: string, sign: string, all: string[]) =>
      all.length ? [this.words.say(name), ...all.slice(-share).map((one) => `${sign} ${one}`)] : [];
    const rows = [...section("uncommitted", "?", writes), ...section("committed", "✓", machine.kept)];
    for (let index = 0; index < this.scenery.rows; index++) {
      const row = rows[index] ?? "";
      const look = row.startsWith("✓") ? "kept" : row.startsWith("?") ? "unsure" : "";
      this.scenery.note(`row${index}`, fit(row, this.where.database.w - 8), look);
    }
  }
}
