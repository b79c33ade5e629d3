// Speaks the protocol of the runtime without Python, for the states of the page that a real runtime is too good for.
const MODE = null;
const CHECKS = [
  ["starts", "the app starts", "passed", null],
  ["list", "GET /items/ answers 200 with a list", "failed", "500, main.py line 3: TypeError: 'NoneType' object is not iterable"],
  ["one", "GET /items/1 answers 200", "skipped", null],
];
const HIDDEN = { id: "secret", title: "a hidden one", status: "passed", came_back: null, points: 0, visibility: "hidden" };
const result = ([id, title, status, came_back]) => ({
  id, title, status, came_back, points: 1, visibility: "visible", seconds: 0, at: null,
  sent: came_back && "curl -X GET http://127.0.0.1:8000/items/",
  contract: came_back && "200 with a list", hint: came_back && "What does the route return?",
  misconception: came_back && "none-is-a-list",
});
const verdict = (checks) => ({
  schema: "yielddb/verdict/1", lesson: "get_db", submission: "main.py",
  status: checks.some((one) => one.status === "failed") ? "failed" : "passed",
  score: checks.filter((one) => one.status === "passed" && one.points).length, max_score: 3,
  seconds: 0, isolation: [], versions: { seed: "7" }, checks,
});
const openapi = {
  paths: {
    "/items/": {
      get: {},
      post: { requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Item" } } } } },
    },
    "/items/{item_id}": { get: { parameters: [{ name: "item_id", in: "path", required: true, schema: { type: "integer" } }] } },
  },
  components: { schemas: { Item: { type: "object", properties: { name: { type: "string" }, description: { anyOf: [{ type: "string" }, { type: "null" }] } } } } },
};

onmessage = ({ data: { id, do: task, files, method, path } }) => {
  const code = files?.["main.py"] ?? "";
  const done = (value) => postMessage({ id, event: "done", value });
  const failed = (kind, says, fix) => postMessage({ id, event: "failed", kind, says, fix });
  if (code.includes("SILENT")) return;
  if (code.includes("DIES")) throw new Error("out of memory");
  if (code.includes("BROKEN")) return failed("app", "main.py line 1: SyntaxError: invalid syntax", "Repair the line, then try again.");
  if (task === "boot") {
    for (const loaded of [0, 4_000_000, 8_000_000]) postMessage({ event: "progress", what: "download", loaded, total: 8_000_000 });
    if (MODE === "never") return;
    postMessage({ event: "progress", what: "start", loaded: 0, total: 1 });
    return done({ python: "3.14.0", packages: {} });
  }
  if (task === "check") {
    const all = [...CHECKS.map(result), { ...result([]), ...HIDDEN }].map((one) => (code.includes("RIGHT") ? { ...one, status: "passed", came_back: null } : one));
    for (const one of all) postMessage({ id, event: "check", result: one });
    return done({ verdict: verdict(all), log: "hello from the app" });
  }
  if (task === "openapi") return done(openapi);
  if (task === "request") return done({ status: method === "POST" ? 201 : 200, headers: [["content-type", "application/json"]], body: JSON.stringify({ path }), log: "", restarted: false });
  if (task === "solution" || task === "starter") return done({ files: { "main.py": "# the solution\n" } });
  failed("runtime", "The trace is not to be had here.", "Use the real runtime.");
};
