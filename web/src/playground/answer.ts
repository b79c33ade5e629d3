/** One answer of the reader's app: status, headers, body, what it raised and printed. */

import { h } from "../dom.ts";
import type { Answered } from "../runtime/protocol.ts";
import type { Desk } from "./desk.ts";
import type { Sent } from "./requests.ts";

export function answer(desk: Desk, { method, path }: Sent, answered: Answered, isFirst: boolean): HTMLElement[] {
  const { say } = desk;
  const { status, headers, body, log, error, restarted } = answered;
  const kind = status === 0 || status >= 500 ? "failed" : status >= 400 ? "error" : "passed";
  const parts: HTMLElement[] = [
    h(
      "p",
      { class: `status-line ${kind}` },
      h("strong", {}, status ? String(status) : "–"),
      " ",
      h("code", {}, `${method} ${path}`),
    ),
  ];
  if (restarted && !isFirst) parts.push(h("p", { class: "quiet" }, say("fresh")));
  if (error) parts.push(raised(desk, error));
  if (status) parts.push(body === "" ? h("p", { class: "quiet" }, say("emptyBody")) : h("pre", { tabindex: 0 }, pretty(body)));
  if (headers.length) {
    const lines = headers.map(([name, value]) => `${name}: ${value}`).join("\n");
    parts.push(fold(say("headers", { count: headers.length }), lines));
  }
  if (log) parts.push(fold(say("log"), log));
  return parts;
}

function raised(desk: Desk, { file, line, text }: NonNullable<Answered["error"]>): HTMLElement {
  const own = line !== undefined && (file === undefined || file === "main.py");
  const jump = own && h("button", { type: "button", class: "button small", onclick: () => desk.goTo(line) }, desk.say("toLine", { line }));
  return h("p", { class: "wrong" }, h("code", {}, text), " ", jump);
}

function fold(summary: string, text: string): HTMLElement {
  return h("details", {}, h("summary", {}, summary), h("pre", { tabindex: 0 }, text));
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body; // text, HTML, or JSON cut off: shown as it came
  }
}
