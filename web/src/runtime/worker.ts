// The worker of a playground: loads Python and the course once, then answers one question after the other.
import type { Answer, Failed, Question, Task } from "./protocol.ts";
import { type Front, started } from "./python.ts";
import { Store } from "./store.ts";
import { serve, UNPACKER } from "./unpacker.ts";

const STARTS = ["download", "start", "packages", "judge"] as const;
const QUIET_MS = 100; // after the last answer: then what was fetched is kept

const say = (answer: Answer) => postMessage(answer);
let front: Promise<Front> | undefined;
let store: Store | undefined;

async function load(): Promise<Front> {
  store = await Store.open(new URL("./", self.location.href), (loaded, total) =>
    say({ event: "progress", what: "download", loaded, total }),
  );
  try {
    return await started(store, (step) => say({ event: "progress", what: "start", loaded: step, total: STARTS.length }));
  } finally {
    store.done();
  }
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
let quiet = 0;
function hear({ data }: MessageEvent<Question>): void {
  last = last.then(() => answer(data));
  clearTimeout(quiet);
  void last.then(() => (quiet = setTimeout(() => void store?.keep(), QUIET_MS) as unknown as number));
}

if (self.name === UNPACKER) serve();
else self.onmessage = hear;
