/** A playground that is still closed: one button, which loads the rest. The page's own block holds the starter. */

import type { Opened } from "./main.playground.ts";

const HERE = (document.currentScript as HTMLScriptElement).src;
const EN = ["Open the playground (8 MB, once)", "Did not load. Once more?"];
const WORDS: Record<string, string[]> = {
  uk: ["Відкрити майданчик (8 МБ, один раз)", "Не завантажилося. Ще раз?"],
  ru: ["Открыть площадку (8 МБ, один раз)", "Не загрузилось. Ещё раз?"],
};

async function load(name: string): Promise<void> {
  const script = document.createElement("script");
  script.src = new URL(name, HERE).href;
  document.head.append(script);
  await new Promise((done, failed) => ((script.onload = done), (script.onerror = failed)));
}

class Closed extends HTMLElement {
  private opened?: Opened | undefined;

  connectedCallback(): void {
    addEventListener("hashchange", this.look);
    if (this.shadowRoot) void this.open(); // moved while it was open
    else this.draw();
    this.look();
  }

  disconnectedCallback(): void {
    removeEventListener("hashchange", this.look);
    this.opened?.close();
    this.opened = undefined;
  }

  /** A link to code opens the editor, and no more than that. */
  private readonly look = (): void => {
    if (location.hash.startsWith(`#play=${this.getAttribute("lesson")}.`)) void this.open();
  };

  private draw(failed = 0): void {
    const button = document.createElement("button");
    button.className = "md-button md-button--primary";
    button.onclick = () => this.open().then(() => (this.opened?.warm(), this.opened?.focus()));
    const [open, says] = WORDS[language()] ?? EN;
    button.textContent = open!;
    const status = document.createElement("p");
    status.role = "status";
    this.replaceChildren(button, status);
    if (failed) status.textContent = says!;
  }

  private async open(): Promise<void> {
    if (this.opened) return;
    const lang = language();
    try {
      if (!globalThis.yielddbPlayground) {
        if (WORDS[lang]) await load(`playground.${lang}.js`);
        await load("playground.js");
      }
    } catch {
      return this.draw(1);
    }
    if (!this.isConnected || this.opened) return; // the reader has gone on, or pressed twice
    const code = this.closest("section")?.querySelector("pre code");
    this.opened = globalThis.yielddbPlayground!(this, HERE, code?.textContent ?? "");
    const block = code?.closest<HTMLElement>(".highlight") ?? code?.closest("pre");
    if (block) block.style.display = "none"; // a theme's own display outweighs `hidden`
  }
}

function language(): string {
  return document.documentElement.lang.slice(0, 2);
}

if (!customElements.get("yielddb-playground")) customElements.define("yielddb-playground", Closed);
