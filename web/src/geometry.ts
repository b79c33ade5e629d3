/** Where each part of the machine stands: one map for wide places, one for narrow ones. */

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Geometry {
  name: "wide" | "tall";
  width: number;
  height: number;
  client: Box;
  app: Box;
  session: Box;
  engine: Box;
  database: Box;
  chip: { w: number; h: number };
  /** Left edges of the columns: new objects, the identity map, objects outside any session. */
  pending: number[];
  identity: number[];
  outside: { x: number[]; y: number };
  atClient: Point;
  atApp: Point;
  pill: { x: number; y: number; w: number; perRow: number };
  /** The height of a connection that is out, by its place. */
  lane: (place: number) => number;
  laneX: number;
  /** Where a statement of so many units rests on its way, and where it comes from. */
  packet: (place: number, width: number) => Point;
  fly: string;
  /** The wire of the connection at this place: from a session's slot or from the code itself. */
  fromSession: (slot: Box, place: number) => string;
  fromApp: (place: number) => string;
}

export const LANES = 3; // connections drawn outside the pool; more are counted
export const CONNECTION = { w: 56, h: 22 };
export const ENVELOPE = { w: 60, h: 28 };

const wideLane = (place: number) => 251 + place * 23;
const tallLane = (place: number) => 398 + place * 34;

const WIDE: Geometry = {
  name: "wide",
  width: 720,
  height: 316,
  client: { x: 8, y: 8, w: 112, h: 112 },
  app: { x: 168, y: 8, w: 544, h: 112 },
  session: { x: 8, y: 140, w: 392, h: 168 },
  engine: { x: 446, y: 140, w: 136, h: 94 },
  database: { x: 612, y: 140, w: 100, h: 168 },
  chip: { w: 112, h: 32 },
  pending: [18],
  identity: [146, 266],
  outside: { x: [252, 370, 488], y: 76 },
  atClient: { x: 34, y: 80 },
  atApp: { x: 180, y: 80 },
  pill: { x: 180, y: 36, w: 168, perRow: 3 },
  lane: wideLane,
  laneX: 462,
  packet: (place, width) => ({ x: 622 - width, y: wideLane(place) - 10 }),
  fly: "-120px 0",
  fromSession: (slot, place) => `M400 ${slot.y + slot.h / 2}H${432 - place * 10}V${wideLane(place)}H612`,
  fromApp: (place) => `M${432 - place * 10} 120V${wideLane(place)}H612`,
};

const TALL: Geometry = {
  name: "tall",
  width: 350,
  height: 502,
  client: { x: 8, y: 8, w: 92, h: 178 },
  app: { x: 128, y: 8, w: 212, h: 178 },
  session: { x: 8, y: 202, w: 324, h: 152 },
  engine: { x: 8, y: 374, w: 134, h: 94 },
  database: { x: 240, y: 374, w: 100, h: 120 },
  chip: { w: 96, h: 32 },
  pending: [16],
  identity: [122, 224],
  outside: { x: [134, 234], y: 146 },
  atClient: { x: 24, y: 96 },
  atApp: { x: 138, y: 96 },
  pill: { x: 138, y: 36, w: 188, perRow: 1 },
  lane: tallLane,
  laneX: 170,
  packet: () => ({ x: 146, y: 360 }),
  fly: "0 -40px",
  fromSession: (slot, place) => `M${164 - place * 7} ${slot.y + slot.h}V${tallLane(place)}H240`,
  fromApp: (place) => `M336 186V196H345V364H${164 - place * 7}V${tallLane(place)}H240`,
};

/** The map for so many pixels of width. */
export function geometry(width: number): Geometry {
  return width >= 540 ? WIDE : TALL;
}

const GUTTER = 6;

/** The part of the session box that belongs to one of several sessions. */
export function slotBox(where: Geometry, slot: number, slots: number): Box {
  const { x, y, w, h } = where.session;
  const height = (h - GUTTER * (slots - 1)) / slots;
  return { x, y: y + slot * (height + GUTTER), w, h: height };
}
