// A part of a page that comes from the API: it waits, and says what is wrong with a way to retry.

import { h } from "../dom.js";
import { errorState, loadingState } from "./states.js";

const WAIT_MS = 250;

/**
 * Fills `box` with what `work` resolves to (a node or several). `AbortError`s are silent.
 *
 * @param {HTMLElement} box
 * @param {AbortSignal} signal
 * @param {() => Promise<Node | Node[]>} work
 */
export async function fill(box, signal, work) {
  const waiting = setTimeout(() => signal.aborted || box.replaceChildren(loadingState()), WAIT_MS);
  try {
    const parts = [await work()].flat().filter(Boolean);
    if (!signal.aborted) box.replaceChildren(...parts);
  } catch (problem) {
    if (signal.aborted || problem.name === "AbortError") return;
    if (problem.name !== "Problem") console.error(problem);
    const state = errorState(problem, () => fill(box, signal, work));
    // Within a page the heading is not the page's.
    const title = state.querySelector("h1");
    title?.replaceWith(h("h2", {}, title.textContent));
    box.replaceChildren(state);
  } finally {
    clearTimeout(waiting);
  }
}
