// Short messages at the foot of the window, with a way to take back what was just done.

import { $, announce, h, icon } from "../dom.js";
import { store } from "../store.js";

const STAYS = 7000;

/**
 * Show a message. `undo: true` offers to take the last change of the store back; an `undo` function
 * does its own. Ctrl+Z (⌘Z) presses the newest Undo button.
 */
export function toast(text, { undo = null, kind = "plain" } = {}) {
  const box = h("div", { class: `toast toast-${kind}` }, h("span", {}, text));
  let timer = 0;
  const close = () => {
    clearTimeout(timer);
    box.remove();
  };
  const wait = () => (timer = setTimeout(close, STAYS));
  if (undo) {
    const button = h("button", { class: "toast-undo", type: "button" }, icon("undo"), "Undo");
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await (undo === true ? store.undo() : undo());
        close();
        announce("Taken back.");
      } catch (problem) {
        close();
        toast(problem.message, { kind: "error" });
      }
    });
    box.append(button);
  }
  const away = h("button", { class: "toast-close", type: "button", "aria-label": "Close message" }, icon("no"));
  away.addEventListener("click", close);
  box.append(away);
  // A message stays while it is looked at.
  for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, wait);
  const boxes = $("#toasts");
  while (boxes.children.length > 2) boxes.firstChild.remove();
  // Only the newest change can be taken back by its message.
  if (undo === true) for (const old of boxes.querySelectorAll(".toast-undo")) old.remove();
  boxes.append(box);
  announce(text);
  wait();
  return close;
}

addEventListener("keydown", (event) => {
  if (event.key !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
  if (document.activeElement?.matches("input:not([type=range]), textarea")) return;
  const last = [...document.querySelectorAll(".toast-undo")].at(-1);
  if (last) {
    event.preventDefault();
    last.click();
  }
});
