/** A command as short as it can be pasted: what a check sends is spelled out in full. */

const SHORTER: [RegExp, string][] = [
  [/^curl -X POST (?=.* -d )/, "curl "],
  [/ -H 'content-type: application\/json' -d /, " --json "],
  [/^(curl (?:-X \w+ )?'?)http:\/\//, "$1"],
];

export function command(sent: string): string {
  const flat = sent.replaceAll("\r", "").replaceAll("\n", " ");
  return SHORTER.reduce((text, [long, short]) => text.replace(long, short), flat).trim();
}
