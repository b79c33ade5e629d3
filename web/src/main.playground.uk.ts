/** The words in this language, for a page that loads this before the playground. */

import { UK } from "./playground/words.uk.ts";

globalThis.yielddbPlaygroundWords = { ...globalThis.yielddbPlaygroundWords, uk: UK };
