/** The frame of every page: scheme, copying, where the reader is, pages without a reload, search. */

import { watchCode } from "./site/code.ts";
import { closeMenus, folderLinks } from "./site/links.ts";
import { watchNavigation } from "./site/navigation.ts";
import { watchPlace } from "./site/place.ts";
import { watchScheme } from "./site/scheme.ts";
import { watchSearch } from "./site/search.ts";

const HERE = (document.currentScript as HTMLScriptElement).src;

watchSearch(HERE);
folderLinks();
closeMenus();
watchCode();
const placed = watchPlace();
const dyed = watchScheme();
watchNavigation(new URL("../", HERE), () => {
  placed();
  dyed();
});
