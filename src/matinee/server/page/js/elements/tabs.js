// Tabs (the ARIA pattern): arrow keys move between them, what is chosen is shown and filled.

import { h } from "../dom.js";

let made = 0;

/**
 * @param {string} label of the row of tabs
 * @param {{key: string, name: string, fill: (panel: HTMLElement, signal: AbortSignal) => any}[]} tabs
 *   `fill` is called each time its tab is chosen; the signal ends when another one is
 * @param {{chosen?: string, signal: AbortSignal, onChoose?: (key: string) => void}} options
 * @returns {{parts: HTMLElement[], choose: (key: string) => Promise<void>, rename: (key: string, name: string) => void}}
 */
export function tabs(label, list, { chosen, signal, onChoose } = {}) {
  const id = `tabs-${++made}`;
  let life = new AbortController();
  signal?.addEventListener("abort", () => life.abort());
  const panel = h("div", { class: "tab-panel", role: "tabpanel", id: `${id}-panel`, tabindex: "0" });
  const buttons = list.map(({ key, name }) => h("button", {
    class: "tab", role: "tab", type: "button", id: `${id}-${key}`, "aria-controls": `${id}-panel`,
    onclick: () => choose(key), onkeydown: step,
  }, name));
  const row = h("div", { class: "tabs", role: "tablist", "aria-label": label }, buttons);

  // Sideways only: the row scrolls, the page stays where it is. A row that is not shown yet waits.
  const reveal = () => {
    const now = buttons.find((button) => button.tabIndex === 0);
    if (now) row.scrollLeft = now.offsetLeft - (row.clientWidth - now.offsetWidth) / 2;
  };
  const size = new ResizeObserver(reveal);
  size.observe(row);
  signal?.addEventListener("abort", () => size.disconnect());

  async function choose(key) {
    const at = Math.max(0, list.findIndex((tab) => tab.key === key));
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === at));
      button.tabIndex = i === at ? 0 : -1;
    });
    reveal();
    panel.setAttribute("aria-labelledby", buttons[at].id);
    panel.dataset.tab = list[at].key;
    onChoose?.(list[at].key);
    life.abort();
    life = new AbortController();
    if (signal?.aborted) life.abort();
    await list[at].fill(panel, life.signal);
  }

  function step(event) {
    const at = buttons.indexOf(event.currentTarget);
    const n = buttons.length;
    const to = { ArrowRight: (at + 1) % n, ArrowLeft: (at + n - 1) % n, Home: 0, End: n - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[to].focus();
    choose(list[to].key);
  }

  const rename = (key, name) => {
    const at = list.findIndex((tab) => tab.key === key);
    buttons[at].replaceChildren(name);
  };
  return { parts: [row, panel], choose: () => choose(chosen), rename };
}
