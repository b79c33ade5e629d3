// The worker of a playground: loads Python and the course once, then answers one question after the other.
import { loadPyodide, type PyodideAPI } from "pyodide";
import { Store } from "./store.ts";
import { unpacked } from "./pack.ts";
import type { Answer, Failed, Question, Task } from "./protocol.ts";

interface Front {
  answer(question: string, tell: (event: string) => void): string;
}

const STARTS = ["download", "start", "packages", "judge"] as const;
const FRONT = `
import sys
sys.dont_write_bytecode = True
from pathlib import Path
from yielddb.browser import absent
absent.install()
from yielddb.browser.front import Front
Front(Path("/course"))
`;

const say = (answer: Answer) => postMessage(answer);
let front: Promise<Front> | undefined;

function started(step: number): void {
  say({ event: "progress", what: "start", loaded: step, total: STARTS.length });
}

// Pyodide fetches its program by address: this one comes from the store, unpacked
function withProgram(program: Promise<Uint8Array<ArrayBuffer>>): () => void {
  const fetched = self.fetch;
  self.fetch = async (input, options) => {
    if (!String(input).endsWith("pyodide.asm.wasm")) return fetched(input, options);
    return new Response(await program, { headers: { "content-type": "application/wasm" } });
  };
  return () => (self.fetch = fetched);
}

async function imported(text: Promise<Uint8Array<ArrayBuffer>>): Promise<never> {
  const address = URL.createObjectURL(new Blob([await text], { type: "text/javascript" }));
  try {
    return (await import(/* @vite-ignore */ address)).default as never;
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function load(): Promise<Front> {
  const store = await Store.open(new URL("./", self.location.href), (loaded, total) =>
    say({ event: "progress", what: "download", loaded, total }),
  );
  const undo = withProgram(store.file("python.wasm"));
  const [packages, course] = [store.file("packages"), store.file("course")];
  const files = unpacked(await packages);
  const library = files.find(([name]) => name === "stdlib.zip")!;
  const stdLibURL = URL.createObjectURL(new Blob([library[1]]));
  started(1);
  let python: PyodideAPI;
  try {
    python = await loadPyodide({
      indexURL: new URL("./", self.location.href).href,
      stdLibURL,
      createPyodideModule: await imported(store.file("python.mjs")),
      lockFileContents: { info: store.manifest.python, packages: {} } as never,
      packageBaseUrl: "/",
      stdin: () => null,
      stdout: () => undefined,
      stderr: (text) => console.warn(text),
    });
  } finally {
    undo();
    URL.revokeObjectURL(stdLibURL);
  }
  started(2);
  for (const [name, content] of [...files, ...unpacked(await course)]) {
    if (name === "stdlib.zip") continue;
    python.FS.mkdirTree(name.slice(0, name.lastIndexOf("/")));
    python.FS.writeFile(name, content, { canOwn: true } as never);
  }
  started(3);
  const made = python.runPython(FRONT) as Front;
  started(4);
  void store.tidy();
  return made;
}

function failed(id: number, error: unknown): Failed {
  front = undefined; // the next question tries once more
  const says = error instanceof Error ? error.message.trim().split("\n").at(-1)! : String(error);
  return { id, event: "failed", kind: "runtime", says, fix: "Reload the page; without a network, load it once with one." };
}

async function answer({ id, ...task }: { id: number } & Task): Promise<void> {
  try {
    front ??= load();
    const asked = (await front).answer(JSON.stringify(task), (event) => say({ id, ...JSON.parse(event) }));
    say({ id, ...JSON.parse(asked) });
  } catch (error) {
    say(failed(id, error));
  }
}

// one after the other: an app and its judge share one interpreter
let last: Promise<unknown> = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<Question>) => {
  last = last.then(() => answer(data));
};
