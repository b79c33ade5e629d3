// What the frame of every page needs; loaded before Material's own script.
(() => {
  "use strict";
  const online = location.protocol !== "file:";

  // The search index and its worker weigh more than a page: they wait until somebody searches.
  const wanted = new Promise((resolve) => {
    const asked = (event) => {
      if (event.target instanceof Element && event.target.closest("#__search, .md-search")) resolve();
    };
    document.addEventListener("focusin", asked);
    document.addEventListener("change", asked);
  });
  const { open, send } = XMLHttpRequest.prototype;
  const addresses = new WeakMap();
  XMLHttpRequest.prototype.open = function (method, address, ...more) {
    addresses.set(this, String(address));
    return open.call(this, method, address, ...more);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (addresses.get(this)?.endsWith("search_index.json")) wanted.then(() => send.call(this, body));
    else send.call(this, body);
  };
  const NativeWorker = window.Worker;
  window.Worker = class extends EventTarget {
    constructor(address, options) {
      super();
      if (!String(address).includes("/workers/search.")) return new NativeWorker(address, options); // a playground's
      this.start = () => {
        const worker = new NativeWorker(address, options);
        worker.addEventListener("message", ({ data }) => this.dispatchEvent(new MessageEvent("message", { data })));
        this.start = () => worker;
        return worker;
      };
    }
    postMessage(message) {
      this.start().postMessage(message);
    }
  };

  // Opened as a file, an address of a folder would list the folder.
  if (!online) {
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a[href]");
      if (link && link.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
    });
  }

  // Each copy button stands in a nav of its own; a page with ten of them has ten landmarks too many.
  new MutationObserver(() => {
    for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.setAttribute("role", "none");
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Code that scrolls sideways is for the keyboard, too; Material takes that from what is off the screen.
  let waiting = false;
  const reach = () => {
    waiting = false;
    for (const code of document.querySelectorAll("pre > code:not([tabindex])")) {
      if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
    }
  };
  new MutationObserver(() => {
    if (!waiting) requestAnimationFrame(reach);
    waiting = true;
  }).observe(document.documentElement, { attributeFilter: ["tabindex"], childList: true, subtree: true });

  // Material swaps the text of a page and leaves the header: the language switch follows.
  const code = document.documentElement.lang;
  const follow = () => {
    const [root, page] = location.href.split(/[?#]/)[0].split(new RegExp(`/${code}/(.*)$`));
    if (page === undefined) return;
    for (const link of document.querySelectorAll("a[data-language]")) {
      link.href = `${root}/${link.hreflang}/${page}`;
    }
  };
  addEventListener("DOMContentLoaded", () => window.document$?.subscribe(follow));
})();
