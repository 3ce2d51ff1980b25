// A poster for every film, made of its title, year and genres: the same film, the same poster.

import { svg } from "../dom.js";
import { COMPOSITIONS } from "./compositions.js";
import { posterTitle } from "./lettering.js";
import { motif } from "./motifs.js";
import { palette, tellingGenre } from "./palettes.js";

/** Numbers in [0, 1) that depend on `text` alone (FNV-1a, then mulberry32). */
export function seeded(text) {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function compose(random, old) {
  const weights = COMPOSITIONS.map(([, before, since]) => (old ? before : since));
  let left = random() * weights.reduce((a, b) => a + b, 0);
  return COMPOSITIONS[weights.findIndex((weight) => (left -= weight) < 0)][0];
}

/** The poster of a film {title, year, genres} as an <svg>; it fills the width it is given. */
export function poster(film) {
  const random = seeded(`${film.title}|${film.year ?? ""}`);
  random();
  const genre = tellingGenre(film.genres);
  const layout = compose(random, film.year && film.year < 1965);
  const nodes = layout({
    title: posterTitle(film.title), year: film.year, genre: genre || film.genres?.[0] || "",
    colours: palette(genre, random), motif: motif(genre, random), random,
  });
  return svg("svg", { class: "poster", viewBox: "0 0 200 300", "aria-hidden": "true", preserveAspectRatio: "xMidYMid slice" }, nodes);
}
