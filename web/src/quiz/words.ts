/** What the questions say, in the language of the page. */

const EN = {
  check: "Check",
  again: "Try again",
  hint: "Hint",
  right: "Right.",
  wrong: "Not yet.",
  choose: "Choose an answer first.",
  type: "Type an answer first.",
  answer: "Your answer",
  several: "Choose all that are right.",
  missing: "Something right is still missing.",
  misconception: "Read about this belief",
  see: "See it in the recorded run",
  lines: "Lines to choose from",
  program: "Your program",
  add: "Add",
  up: "Up",
  down: "Down",
  indent: "Indent",
  outdent: "Outdent",
  remove: "Put back",
  empty: "Nothing here yet. Choose a line above.",
  keys: "Arrow keys move a line and indent it; Delete puts it back.",
  moved: "{line}: place {place} of {count}, indented {level} times",
  back: "{line} was put back",
  tooMany: "Line {place} does not belong: {line}",
  order: "The first {count} lines are right; look at the next one.",
  orderNone: "Look at the first line.",
  level: "Line {place} is the right one, but not indented as far as it should be.",
  short: "All lines so far are right; some are missing.",
  seen: "Answered before: {state}. It comes back for review.",
  seenRight: "right",
  seenWrong: "not yet right",
  damaged: "Your earlier answers could not be read. They were set aside; this starts anew.",
  forbidden: "This browser keeps nothing: your answers last until you close the page.",
  full: "The browser's storage is full: your answers last until you close the page.",
  broken: "This question is damaged. Reload the page; if that does not help, report it.",
  due: "{count} to review",
  none: "Nothing is due. Answer the questions of a lesson; they come back here.",
  next: "Next question",
  done: "That was the last one for now.",
  from: "From the lesson",
  score: "{right} of {all} right at the first try",
  export: "Save my answers as a file",
  import: "Read answers from a file",
  imported: "{count} answers were read.",
  notAnswers: "This file holds no answers of this course ({why}); nothing was changed.",
  forget: "Forget all answers",
  sure: "Forget all answers in this browser? A saved file is not touched.",
};


export type Words = typeof EN;

/** Translations come as scripts of their own, so that a page loads the words of its language alone. */
declare global {
  var yielddbQuizWords: Record<string, Words> | undefined;
}

/** The words in the language of the page around an element. */
export function wordsFor(element: Element): Words {
  const language = element.closest("[lang]")?.getAttribute("lang")?.slice(0, 2) ?? "en";
  return globalThis.yielddbQuizWords?.[language] ?? EN;
}

/** A sentence with its {names} filled in. */
export function filled(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}
