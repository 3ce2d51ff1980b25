// My films: what I rated and marked, my taste in pictures, and my data in and out.

import { api } from "../api.js";
import { BASE, count, h } from "../dom.js";
import { tabs } from "../elements/tabs.js";
import { markList, ratingList } from "../films/list.js";
import { store } from "../store.js";

export default {
  title: "My films",
  styles: ["tables", "films", "charts"],
  async render(root, { query, signal }) {
    const numbers = h("p", { class: "lead" });
    const shown = tabs("My films", [
      { key: "rated", name: "Rated", fill: ratingList },
      { key: "seen", name: "Seen", fill: markList("seen") },
      { key: "watchlist", name: "Watchlist", fill: markList("watchlist") },
      { key: "not-interested", name: "Not interested", fill: markList("not-interested") },
      { key: "taste", name: "My taste", fill: async (...all) => (await import("../films/taste.js")).taste(...all) },
      { key: "data", name: "In and out", fill: async (...all) => (await import("../films/moving.js")).moving(...all) },
    ], {
      chosen: query.get("tab"),
      signal,
      onChoose: (key) => history.replaceState(history.state, "", BASE + (key === "rated" ? "/films" : `/films?tab=${key}`)),
    });
    const tell = async () => {
      const me = await api.get("/me", {}, { signal });
      numbers.textContent = me.ratings + me.seen + me.watchlist
        ? `${count(me.ratings, "film")} rated, ${me.seen} more marked as seen, ${me.watchlist} on the watchlist.`
        : "What you say of films is kept here, and you can take it along.";
    };
    await tell();
    const again = () => tell().catch((problem) => {
      // The list below says what is wrong.
      if (problem.name !== "Problem" && problem.name !== "AbortError") throw problem;
    });
    store.on("change", again, { signal });
    store.on("reset", again, { signal });
    root.append(h("header", { class: "films-head" }, h("h1", {}, "My films"), numbers), ...shown.parts);
    await shown.choose();
  },
};
