/** Whose text is in the editor, and where it is kept: the reader's own, or one from a link. */

import type { Editor } from "./editor.ts";
import type { Notices } from "./notices.ts";
import { BadLink, codeIn } from "./share.ts";
import { type Store, type Version, type Woe } from "./store.ts";
import type { Say } from "./words.ts";

const DEBOUNCE_MS = 300; // typing comes in bursts

export class Keeping {
  /** The text is the reader's own: it is kept, and its attempts count. */
  isOwn = true;
  private own: string;
  private timer = 0;

  constructor(
    private readonly lesson: string,
    private readonly store: Store,
    private readonly editor: Editor,
    private readonly say: Say,
    private readonly notices: Notices,
    private readonly starter: string,
  ) {
    this.own = editor.code;
    window.addEventListener("storage", this.onStorage);
    window.addEventListener("hashchange", this.onHash);
    window.addEventListener("pagehide", this.flush);
  }

  close(): void {
    this.flush();
    window.removeEventListener("storage", this.onStorage);
    window.removeEventListener("hashchange", this.onHash);
    window.removeEventListener("pagehide", this.flush);
  }

  /** The text in the editor is another one now. */
  changed(): void {
    if (!this.isOwn) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(this.flush, DEBOUNCE_MS);
  }

  /** Keep it now; a text that was never touched is nobody's version. */
  readonly flush = (): void => {
    clearTimeout(this.timer);
    if (!this.isOwn || this.editor.code === this.own) return;
    this.own = this.editor.code;
    this.store.save(this.own);
  };

  /** The versions that can be taken back. */
  get earlier(): Version[] {
    return this.store.earlier.filter((one) => one.code !== this.editor.code);
  }

  /** Put a text in place of the reader's own, which can be taken back. */
  replace(code: string): void {
    this.flush();
    if (this.own !== this.starter) this.store.setAside(this.own);
    this.leaveLink();
    this.editor.code = code;
    this.own = code;
    this.store.save(code);
  }

  /** Put the starter back, and offer the way back. */
  reset(): void {
    const before = this.isOwn ? this.editor.code : this.own;
    this.replace(this.starter);
    const takeBack = { label: this.say("takeBack"), act: () => this.takeBack(before) };
    this.notices.show("reset", this.say("resetDone"), { actions: before === this.starter ? [] : [takeBack] });
  }

  takeBack(code: string): void {
    this.notices.hide("reset");
    this.replace(code);
    this.notices.show("reset", this.say("isBack"), { mark: "right" });
  }

  // --- a link

  /** Show the code of the page's address, if it has any; it is not run, and the own code is kept aside. */
  readonly onHash = async (): Promise<void> => {
    let code: string | null;
    try {
      code = await codeIn(location.hash, this.lesson);
    } catch (error) {
      if (!(error instanceof BadLink)) throw error;
      return this.notices.show("link", this.say("badLink"), { mark: "wrong" });
    }
    if (code === null || code === this.editor.code) return;
    this.flush();
    this.isOwn = false;
    this.editor.code = code;
    const keep = { label: this.say("keepLink"), act: () => this.replace(this.editor.code) };
    const drop = { label: this.say("dropLink"), act: () => this.drop() };
    this.notices.show("link", this.say("fromLink"), { actions: [keep, drop] });
  };

  private drop(): void {
    this.editor.code = this.own; // before it counts as the own text again
    this.leaveLink();
  }

  private leaveLink(): void {
    this.isOwn = true;
    this.notices.hide("link");
    if (location.hash.startsWith(`#play=${this.lesson}.`)) history.replaceState(history.state, "", location.pathname + location.search);
  }

  // --- another tab, and a browser that keeps nothing

  private readonly onStorage = (event: StorageEvent): void => {
    const theirs = this.store.fromOther(event);
    if (theirs === null || theirs === this.editor.code) return;
    const load = { label: this.say("loadOther"), act: () => this.replace(theirs) };
    const keep = { label: this.say("keepMine"), act: () => this.keepMine() };
    this.notices.show("tab", this.say("otherTab"), { actions: [load, keep] });
  };

  /** The newest wins; the store makes the other text one that can be taken back. */
  private keepMine(): void {
    if (this.isOwn) this.own = this.editor.code;
    this.store.save(this.own);
  }
}

/** Tell once what the browser does with the code, and take it back when it works again. */
export function tellWoes(notices: Notices, say: Say): (woe: Woe | null) => void {
  let told: Woe | null = null;
  return (woe) => {
    if (woe === told || (woe === null && told === "damaged")) return;
    if (told) notices.hide("woe");
    told = woe;
    if (woe) notices.show("woe", say(woe), { mark: "wrong" });
  };
}
