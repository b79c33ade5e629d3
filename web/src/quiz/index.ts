/** Entry of the quiz bundle. */

import { QuizElement, RecordElement, ReviewElement } from "./elements";

const ELEMENTS = {
  "yielddb-quiz": QuizElement,
  "yielddb-review": ReviewElement,
  "yielddb-record": RecordElement,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
