/** The words in this language, for a page that loads this before the components. */

import { UK } from "./words/uk.ts";

globalThis.yielddbWords = { ...globalThis.yielddbWords, uk: UK };
