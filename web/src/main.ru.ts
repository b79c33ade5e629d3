/** The words in this language, for a page that loads this before the components. */

import { RU } from "./words/ru.ts";

globalThis.yielddbWords = { ...globalThis.yielddbWords, ru: RU };
