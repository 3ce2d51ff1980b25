// The first model is being trained: how far it is, and on by itself when it answers.

import { api } from "../api.js";
import { h } from "../dom.js";
import { errorState } from "./states.js";

/** The first model is being trained: say how far it is, and call `ready` when it answers. */
export function trainingState(problem, ready) {
  const stage = h("p", { class: "muted" });
  const bar = h("progress", { class: "training-bar", max: 1, "aria-label": "Training" });
  const box = h("div", { class: "state" }, h("div", { class: "reel", "aria-hidden": "true" }),
    h("h1", {}, "The projectionist is threading the film"),
    h("p", {}, "Matinee learns from its sample of ratings before the first evening. It takes about a minute, once; this page goes on by itself."),
    bar, stage);
  const draw = (training) => {
    if (!training) return;
    if (training.total) bar.value = Math.min(1, training.done / training.total);
    else bar.removeAttribute("value");
    stage.textContent = training.stage;
  };
  draw(problem.body.training);
  const ask = async () => {
    if (!box.isConnected) return;
    try {
      await api.get("/ready");
      ready();
      return;
    } catch (again) {
      draw(again.body?.training);
      if (again.code !== "not-ready" && again.status) {
        box.replaceWith(errorState(again, ready));
        return;
      }
    }
    setTimeout(ask, 1000);
  };
  setTimeout(ask, 1000);
  return box;
}
