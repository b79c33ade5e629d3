/** The search, loaded when it is asked for. */

import { Search } from "./site/dialog.ts";

const HERE = (document.currentScript as HTMLScriptElement).src;

const search = new Search(HERE);
globalThis.yielddbSearch ??= () => search.open();
