/** The switch of the colour scheme: as the system has it, light, dark; kept for the next page. */

const KEY = "yielddb/scheme"; // .inline/scheme.js reads it before the page is drawn
const CHOICES = [null, "light", "dark"];

/** Listen to the switch; the answer is to be called when another page stands there. */
export function watchScheme(): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = kept();
  const show = (): void => {
    const dark = chosen ? chosen === "dark" : system.matches;
    document.body.dataset.mdColorScheme = dark ? "slate" : "default";
    const button = document.querySelector<HTMLElement>(".scheme");
    const name = button?.dataset.names?.split("|")[CHOICES.indexOf(chosen)]; // what a press will do
    if (name) {
      button!.title = name;
      button!.ariaLabel = name;
    }
  };
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest(".scheme")) return;
    chosen = CHOICES[(CHOICES.indexOf(chosen) + 1) % CHOICES.length] ?? null;
    keep(chosen);
    show();
  });
  system.addEventListener("change", show);
  show();
  return show;
}

function kept(): string | null {
  try {
    const found = localStorage.getItem(KEY);
    return CHOICES.includes(found) ? found : null;
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(choice: string | null): void {
  try {
    if (choice) localStorage.setItem(KEY, choice);
    else localStorage.removeItem(KEY);
  } catch {
    // then it holds for this page alone
  }
}
