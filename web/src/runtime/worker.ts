// The worker of a playground: loads Python and the course once, then answers one question after the other.
import { loadPyodide, type PyodideAPI } from "pyodide";
import { Store } from "./store.ts";
import { unpacked } from "./pack.ts";
import type { Answer, Failed, Question, Task } from "./protocol.ts";

interface Front {
  answer(question: string, tell: (event: string) => void): string;
}

const STARTS = ["download", "start", "packages", "judge"] as const;
// nothing that is made while all is imported is ever garbage
const FRONT = `
import gc, sys
gc.disable()
sys.dont_write_bytecode = True
from pathlib import Path
from yielddb.browser import absent
absent.install()
import yielddb.judging.checkfile
from yielddb.browser.front import Front
gc.freeze()
gc.enable()
Front(Path("/course"))
`;

const say = (answer: Answer) => postMessage(answer);
let front: Promise<Front> | undefined;

function started(step: number): void {
  say({ event: "progress", what: "start", loaded: step, total: STARTS.length });
}

// Pyodide fetches its program by address: this one comes from the store, unpacked
function withProgram(program: Promise<Response>): () => void {
  const fetched = self.fetch;
  self.fetch = async (input, options) => {
    if (!String(input).endsWith("pyodide.asm.wasm")) return fetched(input, options);
    return program;
  };
  return () => (self.fetch = fetched);
}

async function imported(script: Promise<Response>): Promise<never> {
  const address = URL.createObjectURL(await (await script).blob());
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
  const undo = withProgram(store.file("python.wasm", "application/wasm"));
  const script = store.file("python.mjs", "text/javascript");
  const [packages, course] = [store.bytes("packages"), store.bytes("course")];
  const files = unpacked(await packages);
  const library = files.find(([name]) => name === "stdlib.zip")!;
  const stdLibURL = URL.createObjectURL(new Blob([library[1]]));
  started(1);
  let python: PyodideAPI;
  try {
    python = await loadPyodide({
      indexURL: new URL("./", self.location.href).href,
      stdLibURL,
      createPyodideModule: await imported(script),
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
