// Python up and the judge imported: from the files, or from a copy of its memory that was kept.
import { loadPyodide, type PyodideAPI } from "pyodide";
import { unpacked } from "./pack.ts";
import type { Store } from "./store.ts";

export interface Front {
  answer(question: string, tell: (event: string) => void): string;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Module = { HEAP8: Int8Array; _malloc(bytes: number): number };
type MakeModule = (settings: object) => Promise<Module>;

const PIECE = 1 << 20; // bytes; memory grows when they do not fit any more
// A copy of memory can be taken of pure Python alone: as long as no compiled package is in it.
// Nothing that is made while all is imported is ever garbage.
const PURE = `
import gc, sys
gc.disable()
sys.dont_write_bytecode = True
from yielddb.browser import absent
absent.install()
import yielddb.browser.pure
`;
const REST = `
import gc, random
from pathlib import Path
random.seed()
from yielddb.browser.front import Front
gc.freeze()
gc.enable()
Front(Path("/course"))
`;

interface Parts {
  program: () => Promise<Response>;
  script: Promise<MakeModule>;
  library: Bytes;
  files: () => Promise<Bytes[]>;
}

/** Everything loaded and imported; tells each step. */
export async function started(store: Store, step: (number: number) => void): Promise<Front> {
  const program = () => store.file("python.wasm", "application/wasm");
  const script = program().then(() => store.file("python.mjs", "text/javascript")).then(imported);
  const packs = Promise.all([store.bytes("packages"), store.bytes("course")]);
  for (const one of [script, packs]) one.catch(() => undefined); // whoever waits for it hears of it
  const parts = { program, script, library: await store.bytes("library"), files: () => packs };
  const memory = await store.memory();
  step(1);
  if (memory) {
    try {
      return await begun(store, parts, step, memory);
    } catch (error) {
      console.warn("Python's memory could not be taken up again; it starts anew.", error);
      await store.forgetMemory();
    }
  }
  return begun(store, parts, step);
}

async function begun(store: Store, parts: Parts, step: (number: number) => void, memory?: Bytes): Promise<Front> {
  const python = await interpreter(store, parts, memory);
  step(2);
  for (const pack of await parts.files()) {
    for (const [name, content] of unpacked(pack)) {
      python.FS.mkdirTree(name.slice(0, name.lastIndexOf("/")));
      python.FS.writeFile(name, content, { canOwn: true } as never);
    }
  }
  step(3);
  if (!memory) {
    python.runPython(PURE);
    if (store.wantsMemory) store.keepMemory(python.makeMemorySnapshot() as Bytes);
  }
  const front = python.runPython(REST) as Front;
  step(4);
  return front;
}

async function interpreter(store: Store, parts: Parts, memory?: Bytes): Promise<PyodideAPI> {
  const stdLibURL = URL.createObjectURL(new Blob([parts.library]));
  const make = await parts.script;
  const undo = withProgram(parts.program());
  try {
    return await loadPyodide({
      indexURL: new URL("./", self.location.href).href,
      stdLibURL,
      createPyodideModule: (async (settings: object) => large(await make(settings), memory)) as never,
      lockFileContents: { info: store.manifest.python, packages: {} } as never,
      packageBaseUrl: "/",
      stdin: () => null,
      stdout: () => undefined,
      stderr: (text) => console.warn(text),
      ...(memory ? { _loadSnapshot: memory } : { _makeSnapshot: store.wantsMemory }),
    });
  } finally {
    undo();
    URL.revokeObjectURL(stdLibURL);
  }
}

// a copy is put in as it is: before that, there must be room for it
function large(module: Module, memory?: Bytes): Module {
  while (memory && module.HEAP8.length < memory.length - PIECE) module._malloc(PIECE);
  return module;
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

async function imported(script: Response): Promise<MakeModule> {
  const address = URL.createObjectURL(await script.blob());
  try {
    return (await import(/* @vite-ignore */ address)).default as MakeModule;
  } finally {
    URL.revokeObjectURL(address);
  }
}
