// What a person does to a film, with the words for it, a way back, and an honest failure.

import { starText } from "./dom.js";
import { store } from "./store.js";
import { toast } from "./elements/toast.js";

const DONE = {
  seen: ["Marked as seen", "No longer marked as seen"],
  watchlist: ["On your watchlist", "Off your watchlist"],
  "not-interested": ["Will not come back", "May come back"],
};

async function attempt(work, said) {
  try {
    await work();
    toast(said, { undo: true });
    return true;
  } catch (problem) {
    if (problem.name !== "Problem") throw problem;
    toast(`That was not saved. ${problem.message}`, { kind: "error" });
    return false;
  }
}

/** Give stars, or take them away with null. Resolves to whether it was saved. */
export function rateFilm(film, stars) {
  const said = stars === null ? `Stars taken from ${film.title}.` : `${film.title}: ${starText(stars)}.`;
  return attempt(() => store.rate(film, stars), said);
}

/** kind: "seen", "watchlist" or "not-interested". Resolves to whether it was saved. */
export function markFilm(film, kind, on) {
  return attempt(() => store.mark(film, kind, on), `${DONE[kind][on ? 0 : 1]}: ${film.title}.`);
}
