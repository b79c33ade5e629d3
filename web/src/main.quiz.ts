/** Questions, review and the reader's own record; a page that loads this twice defines them once. */

import { QuizElement, RecordElement, ReviewElement } from "./quiz/elements.ts";

const ELEMENTS = {
  "yielddb-quiz": QuizElement,
  "yielddb-review": ReviewElement,
  "yielddb-record": RecordElement,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
