/** Watch: records the chosen requests and shows them in the trace player, which is loaded then. */

import { h } from "../dom.ts";
import type { Desk } from "./desk.ts";
import { address } from "./openapi.ts";
import { field, type Requests } from "./requests.ts";

const LINE = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\/\S*)(?: (.+))?$/;
const MOST = 20; // requests of one trace: the player shows thousands of steps, nobody reads them
const TRANSLATED = ["uk", "ru"];

export class Watching {
  readonly element = h("form", { class: "watching", onsubmit: (event: Event) => (event.preventDefault(), void this.record()) });
  private readonly lines = h("textarea", { rows: 4, spellcheck: "false" });
  private readonly fault = h("p", { class: "wrong", role: "alert", hidden: true });
  private readonly stage = h("div", { class: "stage" });
  private offered = "";

  constructor(
    private readonly desk: Desk,
    private readonly requests: Requests,
  ) {
    const { say } = desk;
    this.element.append(
      field(say("lines"), this.lines),
      this.fault,
      h("div", { class: "row" }, h("button", { class: "button primary" }, say("record"))),
      this.stage,
    );
  }

  /** Offer what the reader sent last, else a first round through the app; never over what they wrote. */
  async refresh(): Promise<void> {
    if (!(await this.requests.refresh())) return;
    if (this.lines.value !== this.offered) return;
    const sent = this.requests.sent.slice(0, 5).reverse().map((one) => line(one.method, one.path, one.body));
    this.lines.value = this.offered = (sent.length ? sent : this.round()).join("\n");
  }

  private round(): string[] {
    const all = this.requests.operations;
    const paths = all.map((one) => ({ ...one, address: address(one, new Map(one.parameters.map((p) => [p, p.value]))) }));
    const make = paths.find((one) => one.method === "POST");
    const read = paths.filter((one) => one.method === "GET" && !one.path.includes("{"));
    const about = make && read.find((one) => one.path === make.path);
    return [make, about ?? read[0]].filter((one) => one !== undefined).map((one) => line(one.method, one.address, one.body ?? ""));
  }

  /** The lines as they are sent; null when one of them is no request, which is told. */
  private read(): string[] | null {
    const { say } = this.desk;
    const all = this.lines.value.split("\n").map((one) => one.trim());
    const wrong = all.findIndex((one) => one !== "" && !isRequest(one));
    const asked = all.filter((one) => one !== "");
    const says =
      wrong >= 0 ? say("badLine", { line: wrong + 1 }) : !asked.length ? say("noLines") : asked.length > MOST ? say("tooMany", { count: MOST }) : "";
    this.fault.hidden = says === "";
    this.fault.textContent = says;
    return says ? null : asked;
  }

  private async record(): Promise<void> {
    const requests = this.read();
    if (!requests) return;
    const { lesson, files, say } = this.desk;
    const trace = await this.desk.run({ do: "trace", lesson, files, requests }, "recording");
    if (!trace) return;
    try {
      await loadPlayer(this.desk.assets);
    } catch {
      this.fault.hidden = false;
      this.fault.textContent = say("playerAway");
      return;
    }
    const player = document.createElement("yielddb-trace") as HTMLElement & { trace: unknown };
    player.trace = trace;
    this.stage.replaceChildren(player);
    this.desk.announce(say("recorded"));
  }
}

function line(method: string, path: string, body: string): string {
  return `${method} ${path}${body ? ` ${compact(body)}` : ""}`;
}

function compact(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body.replaceAll("\n", " ");
  }
}

function isRequest(text: string): boolean {
  const [whole, , , body] = LINE.exec(text) ?? [];
  if (whole === undefined) return false;
  try {
    return body === undefined || JSON.parse(body) !== undefined;
  } catch {
    return false;
  }
}

/** The player's bundle, and its words in the language of the page. Throws when a script does not come. */
async function loadPlayer(assets: string): Promise<void> {
  if (customElements.get("yielddb-trace")) return;
  const lang = document.documentElement.lang.slice(0, 2);
  for (const name of [...(TRANSLATED.includes(lang) ? [`player.${lang}.js`] : []), "player.js"]) {
    await new Promise((done, failed) => {
      const script = h("script", { src: new URL(name, assets).href, onload: done as () => void, onerror: failed as () => void });
      document.head.append(script);
    });
  }
}
