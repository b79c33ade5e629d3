/** The words of the questions in this language, for a page that loads this before them. */

import { RU } from "./quiz/words.ru.ts";

globalThis.yielddbQuizWords = { ...globalThis.yielddbQuizWords, ru: RU };
