// What this tab knows of the person's films, shared with the other tabs of the same browser.
//
// The server is the truth. `mine(id)` remembers only what passed through this tab or was told by
// another one, so that a star that was just set shows everywhere at once.
//
//   store.rate(film, 4.5)          null takes the stars away
//   store.mark(film, "seen", true)   "seen" | "watchlist" | "not-interested"
//   store.undo()
//   store.on("change", ({ movie_id, mine, local }) => …, { signal })
//   store.on("learned", ({ movie_id }) => …)   an answer told what the server has
//   store.on("reset", …)          everything may have changed: ask again

import { api } from "./api.js";

const events = new EventTarget();
const known = new Map();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("matinee") : null;

const NOTHING = Object.freeze({
  stars: null, seen: false, watchlist: false, not_interested: false,
});
const FIELD = { seen: "seen", watchlist: "watchlist", "not-interested": "not_interested" };

function emit(name, detail) {
  events.dispatchEvent(new CustomEvent(name, { detail }));
}

function note(movieId, change, { local = true } = {}) {
  const mine = { ...(known.get(movieId) ?? NOTHING), ...change };
  known.set(movieId, mine);
  emit("change", { movie_id: movieId, mine, local });
  if (local) channel?.postMessage({ what: "change", movie_id: movieId, mine });
}

channel?.addEventListener("message", ({ data }) => {
  if (data?.what === "change") note(data.movie_id, data.mine, { local: false });
  if (data?.what === "reset") {
    known.clear();
    emit("reset", { local: false });
  }
});

export const store = {
  on(name, listener, options) {
    events.addEventListener(name, (event) => listener(event.detail), options);
  },

  /** {stars, seen, watchlist, not_interested} as far as this tab knows. */
  mine: (movieId) => known.get(movieId) ?? NOTHING,

  /** Take over what an answer of the server said about a film. */
  learn(movieId, mine) {
    if (!mine) return;
    known.set(movieId, { ...NOTHING, ...mine });
    emit("learned", { movie_id: movieId });
  },

  async rate(film, stars) {
    const path = `/me/ratings/${encodeURIComponent(film.movie_id)}`;
    const answer = stars === null ? await api.delete(path) : await api.put(path, { stars });
    note(film.movie_id, { stars });
    return answer;
  },

  async mark(film, kind, on) {
    const path = `/me/marks/${kind}/${encodeURIComponent(film.movie_id)}`;
    const answer = on ? await api.put(path) : await api.delete(path);
    note(film.movie_id, { [FIELD[kind]]: on });
    return answer;
  },

  /** Take the last change back, whatever it was. */
  async undo() {
    const { undone } = await api.post("/me/undo");
    store.reset();
    return undone;
  },

  /** Forget what was known here and in the other tabs (after an import, an undo, a sign-out). */
  reset() {
    known.clear();
    emit("reset", { local: true });
    channel?.postMessage({ what: "reset" });
  },
};
