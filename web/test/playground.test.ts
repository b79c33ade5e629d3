import assert from "node:assert/strict";
import { test } from "node:test";
import { command } from "../src/playground/command.ts";
import { notebook } from "../src/playground/notebook.ts";
import { address, operations, sample } from "../src/playground/openapi.ts";
import { BadLink, codeIn, fragment, LINK_LIMIT } from "../src/playground/share.ts";
import { EN } from "../src/playground/words.ts";
import { RU } from "../src/playground/words.ru.ts";
import { UK } from "../src/playground/words.uk.ts";

test("code comes out of a link as it went in", async () => {
  for (const code of ["", "x = 1\n", "# Жёлтый зонт ☂ «під дерево»\r\n\tprint('</script>')\n".repeat(50)]) {
    assert.equal(await codeIn(await fragment("get_db", code), "get_db"), code);
  }
});

test("a fragment about something else is nobody's code", async () => {
  for (const hash of ["", "#build", "#play=other.abc", "#t:12"]) assert.equal(await codeIn(hash, "get_db"), null);
});

test("a damaged or hostile fragment is refused", async () => {
  const good = await fragment("get_db", "import this\n".repeat(20));
  const bomb = await fragment("get_db", "\n".repeat(2_000_000));
  assert.ok(bomb.length < LINK_LIMIT);
  const wrong = [
    good.slice(0, -6),
    `${good.slice(0, 30)}AAAA${good.slice(34)}`,
    `${good}AAAA`,
    "#play=get_db.",
    "#play=get_db.<script>alert(1)</script>",
    "#play=get_db.%3Cimg%20src%3Dx%3E",
    `#play=get_db.${"A".repeat(LINK_LIMIT + 1)}`,
    bomb,
    await fragment("get_db", "x\0y"),
  ];
  for (const hash of wrong) await assert.rejects(codeIn(hash, "get_db"), BadLink, hash.slice(0, 60));
});

const ITEM = {
  type: "object",
  properties: {
    name: { type: "string" },
    email: { type: "string", format: "email" },
    size: { type: "integer", minimum: 3 },
    tags: { type: "array", items: { type: "string" } },
    note: { anyOf: [{ type: "null" }, { type: "string" }] },
    kind: { enum: ["umbrella", "key"] },
    flag: { type: "boolean", default: false },
  },
};

test("an example is made from the schema", () => {
  assert.deepEqual(sample({}, ITEM), {
    name: "Umbrella",
    email: "ada@example.org",
    size: 3,
    tags: ["text"],
    note: "text",
    kind: "umbrella",
    flag: false,
  });
});

test("a schema that contains itself, or leads nowhere, ends", () => {
  const document = { components: { schemas: { Node: { type: "object", properties: { next: { $ref: "#/components/schemas/Node" } } } } } };
  assert.ok(JSON.stringify(sample(document, { $ref: "#/components/schemas/Node" })).length < 500);
  for (const $ref of ["#/nowhere/at/all", "https://example.org/x", "#/__proto__/constructor"]) assert.equal(sample(document, { $ref }), null);
  assert.equal(sample({ a: { $ref: "#/a" } }, { $ref: "#/a" }), null);
});

test("operations come with parameters and body", () => {
  const document = {
    paths: {
      "/items/{item_id}": {
        parameters: [{ name: "item_id", in: "path", required: true, schema: { type: "integer" } }],
        patch: {
          parameters: [
            { name: "q", in: "query", schema: { type: "string" } },
            { name: "x-token", in: "header", required: true, schema: { type: "string" } },
            { name: "c", in: "cookie" },
          ],
          requestBody: { content: { "application/json": { schema: { type: "object", properties: { name: { type: "string" } } } } } },
        },
      },
    },
  };
  const [one] = operations(document);
  assert.ok(one);
  assert.deepEqual([one.method, one.path, one.body], ["PATCH", "/items/{item_id}", '{\n  "name": "Umbrella"\n}']);
  assert.deepEqual(one.parameters.map(({ name, value }) => [name, value]), [["item_id", "1"], ["q", ""], ["x-token", "text"]]);
  const values = new Map(one.parameters.map((parameter, at) => [parameter, ["a/b", "ä&b", "t"][at]!]));
  assert.equal(address(one, values), "/items/a%2Fb?q=%C3%A4%26b");
});

test("a document that is none has no operations", () => {
  for (const document of [null, 3, [], {}, { paths: [] }, { paths: { "/": null } }, { paths: { "/": { get: 3 } } }]) {
    assert.ok(operations(document).length <= 1);
  }
});

test("a command is as short as the terminal's", () => {
  const sent = `curl -X POST http://127.0.0.1:8000/items/ -H 'content-type: application/json' -d '{"name": "Umbrella"}'`;
  assert.equal(command(sent), `curl 127.0.0.1:8000/items/ --json '{"name": "Umbrella"}'`);
});

test("a notebook holds the code line by line", () => {
  const book = JSON.parse(notebook("05_get_db", "One session", "Words.", "a = 1\nb = 2\n"));
  assert.deepEqual(book.cells[2].source, ["%%app 05_get_db\n", "a = 1\n", "b = 2\n"]);
});

test("translations keep every placeholder", () => {
  const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const table of [UK, RU]) {
    for (const [key, text] of Object.entries(EN)) assert.deepEqual(places(table[key as keyof typeof EN]), places(text), key);
  }
});
