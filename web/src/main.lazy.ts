/** Loads the components, and the words of the page's language, when the first of them comes near the screen. */

const HERE = (document.currentScript as HTMLScriptElement).src;
const WANTED = "yielddb-trace, yielddb-trace-diff";
const TRANSLATED = ["uk", "ru"];

function load(): void {
  const lang = document.documentElement.lang.slice(0, 2);
  for (const name of [...(TRANSLATED.includes(lang) ? [`player.${lang}.js`] : []), "player.js"]) {
    const script = document.createElement("script");
    script.src = new URL(name, HERE).href;
    script.async = false; // the words first
    document.head.append(script);
  }
}

const near = new IntersectionObserver(
  (entries) => {
    if (!entries.some((one) => one.isIntersecting)) return;
    begin();
  },
  { rootMargin: "100%" }, // one screen ahead, so that it is there when the reader is
);

function look(): void {
  for (const one of document.querySelectorAll(WANTED)) near.observe(one);
}

/** Load once; nothing has to be watched any more. */
function begin(): void {
  near.disconnect();
  exchanged.disconnect();
  removeEventListener("hashchange", follow);
  load();
}

// instant navigation exchanges the page under this script
const exchanged = new MutationObserver(look);

// a link to a step has to find its player, wherever that is
function follow(): boolean {
  if (!/^#.+:\d+$/.test(location.hash)) return false;
  begin();
  return true;
}

if (!follow()) {
  addEventListener("hashchange", follow);
  look();
  exchanged.observe(document.body, { childList: true, subtree: true });
}
