/** Reading traces, the machine after each step, alignment, colours and questions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { align } from "../src/align.ts";
import { brief } from "../src/change.ts";
import { callStack, History, pausedFrames } from "../src/machine.ts";
import { question } from "../src/predict.ts";
import { tokens } from "../src/python.ts";
import { Fault, parse, SCHEMA, type Trace, type TraceEvent } from "../src/trace.ts";
import { Words } from "../src/words.ts";
import { EN } from "../src/words/en.ts";
import { RU } from "../src/words/ru.ts";
import { UK } from "../src/words/uk.ts";

const SOURCE = "def get_db():\n    db = Session()\n    yield db\n    db.close()\n\ndef create(db):\n    db.add(item)\n    db.commit()\n    return item\n";

function film(events: TraceEvent[]): Trace {
  return parse({ schema: SCHEMA, files: [{ path: "main.py", text: SOURCE }], lanes: ["loop"], requests: [], events });
}

const at = (kind: string, line: number, name: string, frame: number, more: object = {}): TraceEvent => ({
  kind,
  lane: 0,
  request: 1,
  file: 0,
  line,
  function: name,
  frame,
  depth: 0,
  ...more,
});

const POST: TraceEvent[] = [
  { kind: "request", lane: 0, request: 1 },
  { kind: "dependency enter", lane: 0, request: 1, function: "get_db" },
  at("call", 1, "get_db", 1),
  at("line", 2, "get_db", 1),
  { kind: "session", lane: 0, request: 1, session: 1 },
  at("line", 3, "get_db", 1, { vars: { db: { type: "Session", repr: "<Session 1>" } } }),
  at("suspend", 3, "get_db", 1),
  at("call", 6, "create", 2),
  at("line", 7, "create", 2),
  { kind: "state", lane: 0, request: 1, object: "Item 1", state: "pending", session: 1 },
  at("line", 8, "create", 2),
  { kind: "checkout", lane: 0, request: 1, connection: 1, checked_out: 1 },
  { kind: "begin", lane: 0, request: 1, connection: 1, transaction: true },
  { kind: "sql", lane: 0, request: 1, connection: 1, statement: "INSERT INTO items (name) VALUES (?)", rows: 1 },
  { kind: "commit", lane: 0, request: 1, connection: 1, transaction: false },
  { kind: "checkin", lane: 0, request: 1, connection: 1, checked_out: 0 },
  { kind: "state", lane: 0, request: 1, object: "Item 1", state: "persistent", expired: true, key: "1", session: 1 },
  at("line", 9, "create", 2),
  at("return", 9, "create", 2),
  { kind: "response", lane: 0, request: 1, status: 201 },
  at("resume", 3, "get_db", 1),
  at("line", 4, "get_db", 1),
  { kind: "session close", lane: 0, request: 1, session: 1 },
  at("return", 4, "get_db", 1),
  { kind: "dependency exit", lane: 0, request: 1, function: "get_db" },
  { kind: "finished", lane: 0, request: 1 },
];

const step = (kind: string) => POST.findIndex((one) => one.kind === kind);

test("each kind of bad input has its own fault", () => {
  const fault = (source: unknown) => {
    try {
      parse(source);
    } catch (error) {
      assert.ok(error instanceof Fault);
      assert.ok(error.word in EN);
      return error.word;
    }
    return null;
  };
  assert.equal(fault(""), "faultNone");
  assert.equal(fault('{"schema": "yielddb/tra'), "faultJson");
  assert.equal(fault("[]"), "faultShape");
  assert.equal(fault({ schema: SCHEMA, events: [{}] }), "faultShape");
  assert.equal(fault({ schema: SCHEMA, events: [{ kind: "line", line: "12" }] }), "faultShape");
  assert.equal(fault({ schema: SCHEMA, events: [{ kind: "line", vars: { db: "text" } }] }), "faultShape");
  assert.equal(fault({ schema: "yielddb/trace/9", events: [] }), "faultSchema");
  assert.equal(fault({ schema: SCHEMA, events: [] }), "faultEmpty");
  assert.equal(fault({ schema: SCHEMA, events: [{ kind: "line" }] }), null);
});

test("the machine follows a request to its end", () => {
  const history = new History(film(POST));
  const insert = history.at(step("sql"));
  assert.deepEqual(insert.connections.get(1)?.writes, ["INSERT items"]);
  assert.equal(insert.connections.get(1)?.session, 1);
  assert.equal(insert.checkedOut, 1);
  const commit = history.at(step("commit"));
  assert.deepEqual(commit.kept, ["INSERT items"]);
  assert.equal(commit.connections.get(1)?.transaction, false);
  assert.equal(history.at(step("response")).requests.get(1)?.stage, "answered");
  assert.equal(history.at(step("finished")).requests.get(1)?.stage, "over");
  assert.equal(history.at(step("finished")).sessions.get(1)?.open, false);
  assert.equal(history.at(0).checkedOut, 0);
});

test("going back gives the same machine as coming from the start", () => {
  const events = Array.from({ length: 40 }, () => POST).flat();
  const history = new History(film(events));
  const fresh = (at: number) => JSON.stringify([...new History(film(events)).at(at).objects.values()]);
  for (const at of [900, 33, 32, 31, 500, 0, 1039]) {
    assert.equal(history.at(at).step, at);
    assert.equal(JSON.stringify([...history.at(at).objects.values()]), fresh(at));
  }
});

test("a generator waits at its yield while another frame runs", () => {
  const history = new History(film(POST));
  const machine = history.at(step("commit"));
  assert.deepEqual(callStack(machine).map((one) => one.function), ["create"]);
  assert.deepEqual(pausedFrames(machine).map((one) => one.function), ["get_db"]);
  assert.equal(pausedFrames(machine)[0]?.vars.get("db")?.value.repr, "<Session 1>");
  assert.deepEqual(callStack(history.at(step("finished"))), []);
});

test("a frame that an exception left is off the stack", () => {
  const inner = at("line", 8, "inner", 3, { depth: 1 });
  const events = [at("line", 7, "create", 2), inner, { ...inner, kind: "exception" }, at("line", 9, "create", 2)];
  const machine = new History(film(events)).at(3);
  assert.deepEqual(callStack(machine).map((one) => one.id), [2]);
  assert.equal(machine.frames.has(3), false);
});

test("a connection that outlives its request is lost until it comes back", () => {
  const out: TraceEvent = { kind: "checkout", lane: 0, request: 1, connection: 1, checked_out: 1 };
  const events = [POST[0]!, out, { kind: "finished", lane: 0, request: 1 }, { ...out, kind: "checkin", checked_out: 0 }];
  const history = new History(film(events));
  assert.equal(history.at(2).connections.get(1)?.lost, true);
  assert.equal(history.at(3).connections.get(1)?.lost, false);
});

test("an unknown kind is said and changes nothing", () => {
  const trace = film([{ kind: "teleport", lane: 0 }]);
  assert.equal(new History(trace).at(0).step, 0);
  assert.equal(new Words("en").event(trace, trace.events[0]!), "unknown event: teleport");
});

test("memory is bounded: a long trace keeps no more copies than a short one", () => {
  const events = Array.from({ length: 800 }, () => POST).flat();
  const copies = (new History(film(events)) as unknown as { copies: unknown[] }).copies;
  assert.ok(copies.length <= 256);
});

test("a statement in brief is its verb and table", () => {
  assert.equal(brief("SELECT items.id FROM items WHERE items.id = ?"), "SELECT items");
  assert.equal(brief('INSERT INTO "users" (name) VALUES (?)'), "INSERT users");
  assert.equal(brief("PRAGMA foreign_keys=ON"), "PRAGMA");
});

test("two runs are aligned, and their first difference is found", () => {
  const wrong = POST.filter((one) => one.kind !== "commit");
  const { pairs, first } = align(film(POST), film(wrong));
  assert.equal(first, step("commit"));
  assert.deepEqual(pairs[first], [first, first - 1]);
  assert.deepEqual(pairs.at(-1), [POST.length - 1, wrong.length - 1]);
  assert.equal(align(film(POST), film(POST)).first, -1);
});

test("what replaces something is stepped beside it", () => {
  const wrong = POST.map((one) => (one.kind === "commit" ? { ...one, kind: "rollback" } : one));
  const { pairs, first } = align(film(POST), film(wrong));
  assert.deepEqual(pairs[first], [first, first]);
  assert.equal(pairs.length, POST.length);
});

test("runs that have nothing in common are set side by side as they are", () => {
  const line = (text: string, count: number) => Array.from({ length: count }, (_, n) => ({ kind: `${text} ${n}` }));
  const { pairs, first } = align(film(line("a", 500)), film(line("b", 300)));
  assert.equal(first, 0);
  assert.equal(pairs.length, 500);
  assert.deepEqual(pairs[499], [499, 299]);
});

test("questions are computed, and their answer is among the options", () => {
  const trace = film(POST);
  const history = new History(trace);
  const words = new Words("en");
  const asked = POST.map((_, index) => question(trace, history, words, index)).filter((one) => one !== null);
  for (const one of asked) {
    assert.ok(one.options.includes(one.truth), JSON.stringify(one));
    assert.equal(new Set(one.options).size, one.options.length);
  }
  const kinds = new Set(asked.map((one) => one.kind));
  assert.ok(kinds.has("order"));
  assert.ok(asked.length >= 3);
});

test("at the end of the route the answer comes before the code after yield", () => {
  const trace = film(POST);
  const words = new Words("en");
  const asked = question(trace, new History(trace), words, POST.findIndex((one) => one.kind === "return"));
  assert.equal(asked?.truth, words.say("order response"));
});

test("what comes after the answer is no question about a line", () => {
  const trace = film([...POST, ...POST.map((one) => ({ ...one, request: 2 }))]);
  const last = POST.findLastIndex((one) => one.kind === "line");
  const asked = question(trace, new History(trace), new Words("en"), last);
  assert.notEqual(asked?.kind, "line");
});

test("Python is coloured across lines, and no character is lost", () => {
  const text = '@app.get("/x")\ndef f(a: int = 1):  # why\n    """two\n    lines"""\n    return None\n';
  const rows = tokens(text);
  assert.equal(rows.map((row) => row.map((one) => one.text).join("")).join("\n"), text);
  assert.deepEqual(rows[2]?.map((one) => one.kind), ["", "string"]);
  assert.equal(rows[3]?.[0]?.kind, "string");
  assert.equal(rows[0]?.[0]?.kind, "decorator");
});

test("every language says every word with the same placeholders", () => {
  const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort();
  for (const table of [UK, RU]) {
    for (const [key, text] of Object.entries(EN)) {
      assert.deepEqual(names(table[key as keyof typeof EN]), names(text), key);
    }
  }
});
