/** Every word the playground says, and the choice of the page's language. Titles of checks and code stay English. */

export const EN = {
  playground: "Playground",
  editor: "Your code, main.py",
  keys: "{mod}-Enter checks. Tab indents; Escape, then Tab leaves the editor. {mod}-F searches, {mod}-Z undoes.",
  // buttons
  check: "Check",
  request: "Run request",
  watch: "Watch",
  reset: "Reset",
  solution: "Solution",
  download: "Download",
  share: "Share",
  stop: "Stop",
  close: "Close",
  cancel: "Cancel",
  again: "Try again",
  copy: "Copy",
  copied: "Copied.",
  // boot
  loading: "Loading: {loaded} of {total} MB",
  loadingNoTotal: "Loading …",
  starting: "Starting Python …",
  ready: "Python {python} is ready.",
  needsServer: "Some checks of this lesson need a real server: {why}. Here they are skipped; on your own machine run:",
  runLocally: "On your own machine the lesson works with these commands:",
  noWasm: "This browser runs no WebAssembly, so Python can't run in the page.",
  away: "The runtime could not be loaded. Is the connection gone? Press “Try again” when it is back.",
  stalled: "No byte of the runtime has come for {seconds} s. Press “Try again” when the connection is better.",
  noLesson: "The runtime of this site does not know this lesson. Reload the page.",
  died: "The runtime ended without an answer. Your code is kept; a fresh runtime takes over: press the button again.",
  stopped: "Stopped. Your code is kept; a fresh runtime takes over.",
  limit: "Ended after {seconds} s without a sign: a loop that does not end? Your code is kept; a fresh runtime takes over.",
  // check
  checking: "The checks run …",
  results: "Checks",
  passed: "passed",
  failed: "failed",
  skipped: "waits",
  error: "could not run",
  sent: "sent",
  "came back": "came back",
  contract: "contract",
  hint: "hint",
  toLine: "Go to line {line}",
  isItSo: "Is it so? {belief}",
  whichLine: "The same {count} times. Which line decides it, and what does it do?",
  waitsOne: "1 check waits for: {title}",
  waits: "{count} checks wait for: {title}",
  hiddenFailed: "A check that only the class run shows did not pass.",
  points: "{score} of {max} points.",
  allPassed: "All checks passed: {score} of {max} points.",
  notJudged: "Your app could not be judged. Repair what is said above, then check again.",
  next: "Change the app, then press Check.",
  onward: "The solution is open now; go on to the next lesson.",
  sameData: "Same data again (seed {seed})",
  log: "What the app printed",
  // request
  requests: "A request to your app",
  readingRoutes: "Reading the routes of your app …",
  operation: "Route",
  other: "any other request",
  method: "Method",
  path: "Path",
  body: "Body (JSON)",
  send: "Send",
  sending: "The request runs …",
  answered: "{method} {path}: status {status}",
  noAnswer: "{method} {path}: no answer",
  headers: "Headers: {count}",
  emptyBody: "The answer has no body.",
  fresh: "A fresh app with an empty database answered: your code has changed, or a check ran in between.",
  history: "Sent before: press one to use it again",
  noRoutes: "Your app has no routes yet.",
  badPath: "A path begins with / and has no blanks. Repair it, then press Send.",
  // watch
  watching: "Watch your app run",
  lines: "Requests, one in a line: METHOD /path {json}",
  record: "Record",
  recording: "The run is being recorded …",
  recorded: "Recorded. Step through it below.",
  badLine: "Line {line} is no request. Write it like: POST /items/ {\"name\": \"Umbrella\"}",
  noLines: "Write at least one request.",
  tooMany: "At most {count} requests are recorded at once.",
  playerAway: "The player could not be loaded. Is the connection gone? Press Record again when it is back.",
  // code that is kept
  resetAsk: "Put the starter back? Your code is kept and can be taken back.",
  resetYes: "Put the starter back",
  resetDone: "The starter is back.",
  takeBack: "Take my code back",
  earlier: "Or take back an earlier version:",
  version: "{when}, lines: {lines}",
  isBack: "Your code is back.",
  solutionAsk: "The solution is for after passing. Show it anyway?",
  solutionYes: "Show it anyway",
  solutionTitle: "The solution",
  useSolution: "Put it in the editor",
  damaged: "What was kept for this lesson could not be read. It was set aside; this is the starter.",
  full: "This browser's storage is full: your code lasts until you close the page. Download it to keep it.",
  forbidden: "This browser keeps nothing: your code lasts until you close the page. Download it to keep it.",
  otherTab: "This lesson's code was changed in another tab.",
  loadOther: "Load that code",
  keepMine: "Keep mine",
  // download and share
  downloadAsk: "Take your code along:",
  notebook: "Notebook ({name})",
  bookText: "`%%app` saves the app, `%check` judges it.",
  shareText: "The link holds your code after the #; no server ever sees it. At most {limit} characters fit.",
  shareLink: "Link to this code",
  shareTooLong: "This code is too long for a link: {length} characters, {limit} fit. Download main.py and send that.",
  noSharing: "This browser can't pack code into links. Download main.py and send that.",
  fromLink: "This is code from a link. It runs only when you press a button. Your own code is kept aside.",
  keepLink: "Make it mine",
  dropLink: "Back to my code",
  badLink: "The code in this link is damaged or too long. Nothing was changed; ask for the link again.",
  // the editor's own words
  find: "Find",
  replaceWith: "Replace",
  nextMatch: "next",
  previousMatch: "previous",
  allMatches: "all",
  matchCase: "match case",
  regexp: "regexp",
  byWord: "by word",
  replaceOne: "replace",
  replaceAll: "replace all",
};

/** A translation has every word. */
export type Table = Record<keyof typeof EN, string>;
export type Word = keyof typeof EN;

/** Translations come as scripts of their own, so that a page loads the words of its language alone. */
declare global {
  var yielddbPlaygroundWords: Record<string, Table> | undefined;
}

export type Say = (word: Word, values?: Record<string, string | number>) => string;

/** What says the words of the page's language. */
export function speaker(language = document.documentElement.lang): Say {
  const table = globalThis.yielddbPlaygroundWords?.[language.toLowerCase().slice(0, 2)] ?? EN;
  return (word, values = {}) => table[word].replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}
