/** The words in this language, for a page that loads this before the playground. */

import { RU } from "./playground/words.ru.ts";

globalThis.yielddbPlaygroundWords = { ...globalThis.yielddbPlaygroundWords, ru: RU };
