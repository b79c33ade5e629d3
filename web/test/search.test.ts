import assert from "node:assert/strict";
import { test } from "node:test";
import { Pages, snippet, words } from "../src/site/index.ts";

const ENTRIES = [
  { at: "lessons/a/", title: "One engine", text: "The pool lends connections." },
  { at: "lessons/a/#read", title: "Read", text: "SessionLocal() makes a session; db.commit() keeps its rows." },
  { at: "misconceptions/b/", title: "Pools", text: "A pool opens every connection at once." },
  { at: "misconceptions/b/#b", title: "Pools", text: "A pool opens every connection at once." },
  { at: "", title: "Початок", text: "Парасолька: жовта." },
];
const places = (asked: string): string[] => new Pages(ENTRIES).find(asked).map(({ at }) => at);

test("code is split where its names end, and camel case is found in parts", () => {
  assert.deepEqual(words("db.commit(), SessionLocal"), ["db", "commit", "SessionLocal", "Session", "Local"]);
  assert.deepEqual(places("local"), ["lessons/a/#read"]);
  assert.deepEqual(places("sessionlocal"), ["lessons/a/#read"]);
});

test("every word has to be there, its beginning or nearly so", () => {
  assert.deepEqual(places("commit rows"), ["lessons/a/#read"]);
  assert.deepEqual(places("commit umbrella"), []);
  assert.deepEqual(places("парасол"), [""]);
  assert.deepEqual(places("comnit"), ["lessons/a/#read"]);
  assert.deepEqual(places(""), []);
});

test("a page and its first section are found once, a section names its page", () => {
  assert.deepEqual(places("every"), ["misconceptions/b/"]);
  assert.equal(new Pages(ENTRIES).find("commit")[0]?.page, "One engine");
});

test("of pages that say the same, the lesson comes first", () => {
  const text = "A session is closed.";
  const found = new Pages([
    { at: "misconceptions/c/", title: "Closing", text },
    { at: "lessons/c/", title: "Closing", text },
  ]).find("closed");
  assert.deepEqual(found.map(({ at }) => at), ["lessons/c/", "misconceptions/c/"]);
});

test("a snippet begins near the first term, and every other part is one", () => {
  assert.deepEqual(snippet("A pool lends.", ["pool"]), ["A ", "pool", " lends."]);
  assert.deepEqual(snippet("f(x)", ["f(x)"]), ["", "f(x)", ""]);
  assert.deepEqual(snippet("Nothing here.", []), ["Nothing here."]);
  const [before, term, after] = snippet(`${"word ".repeat(90)}commit ${"word ".repeat(90)}`, ["commit"]);
  assert.match(before!, /^… word/);
  assert.equal(term, "commit");
  assert.match(after!, / …$/);
});
