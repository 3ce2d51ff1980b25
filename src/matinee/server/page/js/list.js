// A list of films that changes in place: films keep their card, leave, come in and move.

import { calm } from "./dom.js";

const EASE = "cubic-bezier(0.2, 0.8, 0.2, 1)";

/**
 * Make `box` hold a <film-card> for each film, in order, reusing cards by movie id.
 * `make(film)` creates one. What moves glides, what is new fades in, what is gone slides out.
 */
export function reconcile(box, films, make) {
  const still = calm();
  const old = new Map([...box.children].filter((card) => card.dataset.film).map((card) => [card.dataset.film, card]));
  const places = new Map();
  if (!still) for (const [id, card] of old) places.set(id, card.getBoundingClientRect());
  const focused = box.contains(document.activeElement) ? document.activeElement.closest("[data-film]") : null;
  const index = focused ? [...box.children].indexOf(focused) : -1;

  const wanted = new Set(films.map((film) => film.movie_id));
  for (const [id, card] of old) if (!wanted.has(id)) card.remove();
  films.forEach((film, i) => {
    let card = old.get(film.movie_id);
    if (card) card.film = film;
    else {
      card = make(film);
      card.dataset.film = film.movie_id;
    }
    if (box.children[i] !== card) box.insertBefore(card, box.children[i] ?? null);
  });

  // Whoever was working on a film that went is put on the one that took its place.
  if (focused && !focused.isConnected) {
    const next = box.children[Math.min(index, box.children.length - 1)];
    next?.querySelector("h3 a, a[href]:not([tabindex='-1'])")?.focus({ preventScroll: true });
  }
  if (still || !old.size) return;
  [...box.children].forEach((card) => {
    const was = places.get(card.dataset.film);
    if (!was) {
      card.animate([{ opacity: 0, transform: "translateY(1.5rem)" }, {}], { duration: 320, easing: EASE });
      return;
    }
    const now = card.getBoundingClientRect();
    const [dx, dy] = [was.left - now.left, was.top - now.top];
    if (dx || dy) card.animate([{ transform: `translate(${dx}px, ${dy}px)` }, {}], { duration: 320, easing: EASE });
  });
}

/** Let a card slide out before the list closes the gap. */
export async function slideOut(card) {
  if (calm()) return;
  await card.animate([{}, { opacity: 0, transform: "translateX(-2rem) rotate(-3deg)" }],
    { duration: 120, easing: "ease-in", fill: "forwards" }).finished.catch(() => {});
}
