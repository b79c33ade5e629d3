/** The editor: CodeMirror 6 for Python, without a trap for the keyboard. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Prec } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Say } from "./words.ts";

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null, tags.self], color: "var(--hl-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--hl-string)" },
  { tag: tags.comment, color: "var(--hl-comment)", fontStyle: "italic" },
  { tag: tags.number, color: "var(--hl-number)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--hl-function)" },
  { tag: [tags.definition(tags.className), tags.className], color: "var(--hl-function)", fontWeight: "600" },
  { tag: tags.meta, color: "var(--hl-meta)" },
]);

const LOOK = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)", maxHeight: "min(34rem, 75vh)" },
  "&.cm-focused": { outline: "none" }, // the frame around it has one
  ".cm-content:focus-visible": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-gutters": { backgroundColor: "var(--soft)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--mark) 8%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--mark-soft)", color: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "& > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { background: "var(--selected) !important" },
  ".cm-selectionMatch": { backgroundColor: "var(--mark-soft)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark-soft)", outline: "1px solid var(--mark)" },
  ".cm-panels": { backgroundColor: "var(--soft)", color: "var(--ink)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { fontSize: "inherit", display: "flex", flexWrap: "wrap", gap: "4px", alignItems: "center" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--paper)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-textfield": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--muted)" },
  ".cm-textfield::placeholder": { color: "var(--muted)", opacity: "1" },
  ".cm-panel.cm-search br": { display: "none" },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink)", minWidth: "28px", minHeight: "28px" },
});

export interface Options {
  parent: HTMLElement;
  root: ShadowRoot;
  say: Say;
  code: string;
  onChange(): void;
  onCheck(): void;
}

export class Editor {
  private readonly view: EditorView;

  constructor(options: Options) {
    const { parent, root, code } = options;
    this.view = new EditorView({ parent, root, state: EditorState.create({ doc: code, extensions: extensions(options) }) });
  }

  get code(): string {
    return this.view.state.doc.toString();
  }

  /** Put another text in; undo brings the old one back. */
  set code(code: string) {
    if (code === this.code) return;
    const { length } = this.view.state.doc;
    this.view.dispatch({ changes: { from: 0, to: length, insert: code }, selection: { anchor: 0 }, scrollIntoView: true });
  }

  /** The cursor into a line, the line into sight. */
  goTo(number: number): void {
    const { doc } = this.view.state;
    const line = doc.line(Math.max(1, Math.min(number, doc.lines)));
    this.view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    this.view.focus();
  }

  focus(): void {
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }
}

function extensions({ say, onChange, onCheck }: Options): Extension[] {
  const check = () => (onCheck(), true);
  return [
    Prec.highest(keymap.of([{ key: "Mod-Enter", run: check, preventDefault: true }])),
    basics(say),
    history(),
    closeBrackets(),
    search({ top: true }),
    highlightSelectionMatches(),
    // Escape, then Tab moves on: CodeMirror's own way out; Ctrl-M switches it for good
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, indentWithTab]),
    EditorView.updateListener.of((update) => update.docChanged && onChange()),
  ];
}

function basics(say: Say): Extension {
  return [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    drawSelection(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    python(),
    syntaxHighlighting(COLOURS),
    LOOK,
    EditorView.contentAttributes.of({
      "aria-label": say("editor"),
      tabindex: "0",
      autocapitalize: "off",
      autocorrect: "off",
      spellcheck: "false",
    }),
    EditorState.phrases.of(phrases(say)),
  ];
}

function phrases(say: Say): Record<string, string> {
  return {
    Find: say("find"),
    Replace: say("replaceWith"),
    next: say("nextMatch"),
    previous: say("previousMatch"),
    all: say("allMatches"),
    "match case": say("matchCase"),
    regexp: say("regexp"),
    "by word": say("byWord"),
    replace: say("replaceOne"),
    "replace all": say("replaceAll"),
    close: say("close"),
  };
}

/** Code that is only read. */
export function reader(parent: HTMLElement, root: ShadowRoot, code: string, label: string): EditorView {
  return new EditorView({
    parent,
    root,
    state: EditorState.create({
      doc: code,
      extensions: [
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        lineNumbers(),
        python(),
        syntaxHighlighting(COLOURS),
        LOOK,
        // no editing, but to be scrolled by keys
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, role: "textbox", "aria-readonly": "true" }),
      ],
    }),
  });
}
