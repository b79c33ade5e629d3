/** The words of the questions in this language, for a page that loads this before them. */

import { UK } from "./quiz/words.uk.ts";

globalThis.yielddbQuizWords = { ...globalThis.yielddbQuizWords, uk: UK };
