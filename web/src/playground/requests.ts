/** Run request: a builder filled from the app's own OpenAPI, the answer, and what was sent before. */

import { h, set } from "../dom.ts";
import { answer } from "./answer.ts";
import type { Desk } from "./desk.ts";
import { address, type Operation, operations, type Parameter } from "./openapi.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const REMEMBERED = 20;

export interface Sent {
  method: string;
  path: string;
  body: string;
  headers: Record<string, string>;
}

export class Requests {
  readonly element = h("form", { class: "requests", onsubmit: (event: Event) => (event.preventDefault(), void this.send()) });
  /** Newest first. */
  readonly sent: Sent[] = [];
  private routes: Operation[] = [];
  private known: string | null = null;
  private values = new Map<Parameter, string>();
  private readonly route = h("select", { onchange: () => this.choose() });
  private readonly method: HTMLSelectElement;
  private readonly path = h("input", { type: "text", value: "/", autocapitalize: "off", autocomplete: "off", spellcheck: "false" });
  private readonly body = h("textarea", { rows: 5, spellcheck: "false" });
  private readonly bodyField: HTMLElement;
  private readonly parameters = h("div", { class: "fields" });
  private readonly answers = h("div", { class: "answer" });
  private readonly history = h("ol", { class: "history" });
  private readonly earlier: HTMLElement;

  constructor(private readonly desk: Desk) {
    const { say } = desk;
    this.method = h("select", { onchange: () => this.custom() }, ...METHODS.map((one) => h("option", { value: one }, one)));
    this.path.addEventListener("input", () => this.custom());
    this.bodyField = field(say("body"), this.body);
    this.earlier = h("section", { hidden: true }, h("p", { class: "heading" }, say("history")), this.history);
    this.element.append(
      h("div", { class: "fields" }, field(say("operation"), this.route, "wide")),
      this.parameters,
      h("div", { class: "fields" }, field(say("method"), this.method), field(say("path"), this.path, "wide")),
      this.bodyField,
      h("div", { class: "row" }, h("button", { class: "button primary" }, say("send"))),
      this.answers,
      this.earlier,
    );
    this.fill();
  }

  /** Read the app's routes, unless they are known for this very code. False: the app did not start. */
  async refresh(): Promise<boolean> {
    const { lesson, files, say } = this.desk;
    const code = files["main.py"]!;
    if (this.known === code) return true;
    const document = await this.desk.run({ do: "openapi", lesson, files }, "readingRoutes");
    if (!document) return false;
    this.known = code;
    const chosen = this.chosen;
    this.routes = operations(document);
    this.fill();
    const same = this.routes.findIndex((one) => one.method === chosen?.method && one.path === chosen.path);
    if (chosen && same < 0) this.custom();
    else this.route.value = String(this.routes.length ? Math.max(0, same) : -1);
    if (same < 0 || this.path.value === "/") this.choose();
    this.desk.announce(this.routes.length ? "" : say("noRoutes"));
    return true;
  }

  get operations(): readonly Operation[] {
    return this.routes;
  }

  private get chosen(): Operation | undefined {
    return this.routes[Number(this.route.value)];
  }

  private fill(): void {
    const options = this.routes.map((one, at) => h("option", { value: at }, `${one.method} ${one.path}`));
    this.route.replaceChildren(...options, h("option", { value: -1 }, this.desk.say("other")));
    this.custom();
  }

  /** The reader writes a request of their own. */
  private custom(): void {
    const typed = this.chosen && (this.method.value !== this.chosen.method || this.path.value !== address(this.chosen, this.values));
    if (typed || !this.chosen) {
      this.route.value = "-1";
      this.parameters.replaceChildren();
      this.values.clear();
    }
    this.bodyField.hidden = this.method.value === "GET" || this.method.value === "HEAD";
  }

  private choose(): void {
    const operation = this.chosen;
    this.parameters.replaceChildren();
    this.values = new Map(operation?.parameters.map((one) => [one, one.value]));
    if (!operation) return this.custom();
    for (const one of operation.parameters) {
      const input = h("input", { type: "text", value: one.value, autocapitalize: "off", autocomplete: "off", spellcheck: "false" });
      input.addEventListener("input", () => {
        this.values.set(one, input.value);
        this.path.value = address(operation, this.values);
      });
      this.parameters.append(field(`${one.name} (${one.in})`, input));
    }
    this.method.value = operation.method;
    this.path.value = address(operation, this.values);
    this.body.value = operation.body ?? "";
    this.bodyField.hidden = operation.body === null && (operation.method === "GET" || operation.method === "HEAD");
  }

  private get request(): Sent {
    const body = this.bodyField.hidden ? "" : this.body.value.trim();
    const own = [...this.values].filter(([one, value]) => one.in === "header" && value !== "");
    const headers = Object.fromEntries(own.map(([one, value]) => [one.name, value]));
    return { method: this.method.value, path: this.path.value.trim(), body, headers };
  }

  private async send(): Promise<void> {
    const { lesson, say } = this.desk;
    const wrong = !/^\/\S*$/.test(this.path.value.trim());
    set(this.path, "aria-invalid", wrong);
    if (wrong) return this.show(h("p", { class: "wrong", role: "alert" }, say("badPath")));
    if (!(await this.refresh())) return;
    const request = this.request;
    const { method, path, body } = request;
    const headers = { ...(body ? { "content-type": "application/json" } : {}), ...request.headers };
    const task = { do: "request" as const, lesson, files: this.desk.files, method, path, headers, ...(body ? { body } : {}) };
    const answered = await this.desk.run(task, "sending");
    if (!answered) return;
    this.show(...answer(this.desk, request, answered, !this.sent.length));
    this.remember(request, answered.status);
    this.desk.announce(say(answered.status ? "answered" : "noAnswer", { method, path, status: answered.status }));
  }

  private show(...content: HTMLElement[]): void {
    this.answers.replaceChildren(...content);
  }

  private remember(request: Sent, status: number): void {
    this.sent.unshift(request);
    this.sent.length = Math.min(this.sent.length, REMEMBERED);
    const text = `${request.method} ${request.path} → ${status || "–"}`;
    const use = () => this.use(request);
    this.history.prepend(h("li", {}, h("button", { type: "button", class: "button small", onclick: use }, text)));
    if (this.history.childElementCount > REMEMBERED) this.history.lastElementChild?.remove();
    this.earlier.hidden = false;
  }

  private use({ method, path, body }: Sent): void {
    this.route.value = "-1";
    this.method.value = method;
    this.path.value = path;
    this.body.value = body;
    this.custom();
    this.path.focus();
  }
}

/** An input with its label. */
export function field(label: string, input: HTMLElement, kind = ""): HTMLElement {
  return h("label", { class: `field ${kind}` }, h("span", {}, label), input);
}
