/** Small helpers for building elements. */

type Attributes = Record<string, string | boolean | ((event: never) => void)>;

/** An element with attributes, listeners (`onclick`) and children; nothing here parses HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

/** HTML that the site's build made from a lesson, as nodes. */
export function made(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** A button that does not send its form. */
export function button(label: string, act: () => void, look = ""): HTMLButtonElement {
  return make("button", { type: "button", class: `quiz-button ${look}`.trim(), onclick: act }, label);
}
