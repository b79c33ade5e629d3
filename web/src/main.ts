/** The components of the site; a page that loads this twice defines them once. */

import { TraceDiff } from "./diff.ts";
import { TracePlayer } from "./player.ts";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "yielddb-trace": TracePlayer,
  "yielddb-trace-diff": TraceDiff,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
