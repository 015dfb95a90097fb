// A run of the script may replace what has the focus, or take it away, as it does with "Stop"; the browser
// then puts the keyboard at the beginning of the page. Here it goes to what has the same key now, else, once
// the run is over, to the main button beside it, or whatever can be reached there.
const REACHED = "button, input, select, textarea, a[href], summary, [tabindex='0']";
let held = null, key = "", place = 0, trail = [];

const shown = part => part.getClientRects().length > 0 && !part.disabled;
const reached = within => [...within.querySelectorAll(REACHED)].filter(shown);
const keyed = part => [...(part.classList ?? [])].find(name => name.startsWith("st-key-"));

function remember(event) {
  held = event.composedPath()[0];
  trail = event.composedPath().filter(part => part instanceof Element).slice(1);
  const owner = trail.find(keyed);
  key = owner ? keyed(owner) : "";
  place = owner ? Math.max(0, [...owner.querySelectorAll(REACHED)].indexOf(held)) : 0;
}

function over() {
  return document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";
}

function find() {
  const owner = key && document.getElementsByClassName(key)[0];
  if (owner && shown(owner)) return reached(owner)[place] ?? reached(owner)[0];
  if (!over()) return null;
  for (const around of trail) {
    if (!around.isConnected) continue;
    const all = reached(around);
    const main = all.find(part => part.matches("[data-testid=stBaseButton-primary]"));
    if (all.length) return main ?? all[0];
  }
  return null;
}

function bring() {
  if (!held || held.isConnected) return;
  const now = document.activeElement;
  if (now && now !== document.body) return;
  find()?.focus({ preventScroll: true });
}

export default function () {
  const watch = new MutationObserver(bring);
  document.addEventListener("focusin", remember);
  const watched = { subtree: true, childList: true, attributeFilter: ["data-test-script-state"] };
  watch.observe(document.body, watched);
  return () => {
    document.removeEventListener("focusin", remember);
    watch.disconnect();
  };
}
