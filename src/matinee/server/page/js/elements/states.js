// What stands where a page's content will be: loading, nothing there, something went wrong.

import { line } from "../api.js";
import { h, icon } from "../dom.js";

export function loadingState(text = "Rolling the film …") {
  return h("div", { class: "state", role: "status" },
    h("div", { class: "reel", "aria-hidden": "true" }), h("p", {}, text));
}

export function emptyState(title, text, ...actions) {
  return h("div", { class: "state" }, h("h2", {}, title), h("p", {}, text),
    actions.length ? h("p", { class: "row" }, ...actions) : null);
}

/** `retry` is called when the person presses "Try again", and by itself after Retry-After seconds. */
export function errorState(problem, retry) {
  const known = problem?.name === "Problem";
  const title = !known ? "Something went wrong on this page"
    : problem.status === 0 ? "Nobody answers"
    : problem.status === 404 ? "Not found"
    : problem.code === "not-ready" ? "Not ready yet" : "That did not work";
  const text = known ? problem.message : "Reload the page; if it happens again, please report it with the line in the browser’s console.";
  const box = h("div", { class: "state state-error", role: "alert" }, h("h1", {}, title), h("p", {}, text));
  if (retry) {
    const button = h("button", { class: "button", type: "button" }, icon("undo"), "Try again");
    button.addEventListener("click", retry);
    box.append(h("p", { class: "row" }, button, h("a", { class: "quiet", href: "/" }, "To tonight’s list")));
    // Nobody answered: when somebody does, the page goes on by itself.
    if (known && problem.status === 0) {
      line.addEventListener("change", () => setTimeout(() => box.isConnected && retry(), 300), { once: true });
    }
    if (problem?.retryAfter) {
      const timer = setTimeout(() => box.isConnected && retry(), problem.retryAfter * 1000);
      button.addEventListener("click", () => clearTimeout(timer));
    }
  }
  return box;
}
