/** Python in colours: just enough of its tokens. */

export interface Token {
  text: string;
  kind: "" | "comment" | "string" | "keyword" | "constant" | "number" | "decorator" | "name";
}

const PARTS: [Token["kind"], string][] = [
  ["comment", "#[^\\n]*"],
  ["string", "[rbfuRBFU]{0,2}(?:\"\"\"[^]*?(?:\"\"\"|(?![^]))|'''[^]*?(?:'''|(?![^]))|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?)"],
  ["decorator", "(?<=^[ \\t]*)@[\\w.]+"],
  [
    "keyword",
    "\\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\\b",
  ],
  ["constant", "\\b(?:None|True|False|self|cls)\\b"],
  ["number", "\\b\\d[\\w.]*"],
  ["name", "(?<=\\b(?:def|class) )\\w+"],
];
const TOKEN = new RegExp(PARTS.map(([, pattern]) => `(${pattern})`).join("|"), "gm");

/** The tokens of each line; a string over several lines is split at their ends. */
export function tokens(text: string): Token[][] {
  const rows: Token[][] = [[]];
  const add = (piece: string, kind: Token["kind"]) =>
    piece.split("\n").forEach((part, index) => {
      if (index > 0) rows.push([]);
      if (part) rows.at(-1)!.push({ text: part, kind });
    });
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    add(text.slice(end, match.index), "");
    const which = match.slice(1).findIndex((group) => group !== undefined);
    add(match[0], PARTS[which]![0]);
    end = match.index + match[0].length;
  }
  add(text.slice(end), "");
  return rows;
}
