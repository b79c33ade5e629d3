/** The playground behind the button that `main.playground.lazy.ts` puts on the page. */

import { Playground } from "./playground/playground.ts";
import { keepForOffline } from "./playground/offline.ts";

export interface Opened {
  warm(): void;
  focus(): void;
  close(): void;
}

declare global {
  var yielddbPlayground: ((host: HTMLElement, assets: string, starter: string) => Opened) | undefined;
}

globalThis.yielddbPlayground ??= (host, assets, starter) => {
  keepForOffline(new URL(host.getAttribute("runtime") ?? "../../runtime/", assets));
  return new Playground(host, assets, starter);
};
