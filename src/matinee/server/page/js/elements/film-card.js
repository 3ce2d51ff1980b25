// <film-card>: a film in a list. Set `.film` (a Film or a Pick of the API); attributes:
//   small      poster and title only
//   ticket     the large one at the head of a list
//   actions    stars, seen, watchlist, not interested

import { markFilm, rateFilm } from "../actions.js";
import { decimal, filmPath, h, icon, longestWord, setVars, starText } from "../dom.js";
import { store } from "../store.js";
import "./film-poster.js";
import "./star-rating.js";

const MARKS = [
  ["seen", "seen", "Seen it"],
  ["watchlist", "watchlist", "Watchlist"],
  ["not-interested", "no", "Not interested"],
];
const FIELD = { seen: "seen", watchlist: "watchlist", "not-interested": "not_interested" };

const GAVE = "because you gave ";

/** The sentence under a film, of its strongest reasons; null when the model gives none. */
export function why(pick, most = 2) {
  const speaking = (pick.reasons ?? []).filter((reason) => reason.share > 0);
  const films = speaking.filter((reason) => reason.text.startsWith(GAVE)).slice(0, most);
  if (films.length) {
    const parts = films.map((reason) => {
      const text = `${reason.title} ${starText(reason.stars)}`;
      return reason.movie_id ? h("a", { href: filmPath(reason) }, text) : text;
    });
    return h("p", { class: "why" }, GAVE, parts[0], ...parts.slice(1).map((part, i) =>
      [i === parts.length - 2 ? " and " : ", ", part]));
  }
  const shared = speaking.slice(0, most).map((reason) => reason.text);
  if (!shared.length) return null;
  return h("p", { class: "why" }, `because ${shared.join(" and ")}`);
}

/** "3.5–5.0", where the model tells how sure it is. */
export const range = ({ low, high }) => (low === null || low === undefined ? null : `${decimal(low)}–${decimal(high)}`);

/** How well a film fits, the number that orders the list, and the stars that are promised. */
export function prediction(pick) {
  if (pick.fit === undefined) return null;
  const fit = Math.round(pick.fit);
  const between = range(pick);
  const stars = pick.stars === null ? "" : `; predicted for you: ${decimal(pick.stars)} stars${between ? `, probably ${between}` : ""}`;
  const box = h("p", { class: "predicted", title: `Fits you ${fit} of 100${stars}` },
    h("span", { class: "fit" }, "Fit ", h("b", {}, fit)));
  if (pick.stars === null) return box;
  box.append(icon("star"), h("span", { class: "sr-only" }, "Predicted "),
    h("span", { class: "predicted-stars" }, decimal(pick.stars)), h("span", { class: "sr-only" }, " stars"));
  if (between) {
    const bar = h("span", { class: "interval" });
    setVars(bar, { "--low": (pick.low - 0.5) / 4.5, "--high": (pick.high - 0.5) / 4.5, "--at": (pick.stars - 0.5) / 4.5 });
    box.append(bar, h("span", { class: "interval-text" }, between));
  }
  return box;
}

/** The stub of a ticket: the fit, the promised stars, and what everybody gives. */
export function stub({ fit, ...promise }, everybody) {
  const all = everybody ? h("span", { class: "stub-all" }, h("span", {}, "everybody"), h("span", {}, everybody)) : null;
  if (fit === undefined || fit === null) return [h("span", { class: "label" }, "Admit"), h("b", {}, "One"), all];
  return [h("span", { class: "label" }, "Fits you"), h("b", {}, Math.round(fit)),
    promise.stars === null ? null : h("span", { class: "stub-stars" }, icon("star"), decimal(promise.stars), h("span", { class: "sr-only" }, " stars for you")),
    range(promise) ? h("span", { class: "stub-range" }, range(promise)) : null, all];
}

function follow(film, draw, signal) {
  const own = ({ movie_id }) => movie_id === film.movie_id && draw();
  store.on("change", own, { signal });
  store.on("learned", own, { signal });
  store.on("reset", draw, { signal });
  draw();
}

/** The buttons for a film; they follow what is done in this tab and in others. */
export function markButtons(film, signal, { words = false } = {}) {
  const buttons = MARKS.map(([kind, drawing, name]) => {
    const button = h("button", { class: words ? "quiet mark" : "icon-button", type: "button", title: words ? null : name,
      "aria-label": `${name}: ${film.title}` }, icon(drawing), words ? name : null);
    button.addEventListener("click", async () => {
      button.disabled = true;
      await markFilm(film, kind, button.getAttribute("aria-pressed") !== "true");
      button.disabled = false;
    });
    return button;
  });
  const draw = () => MARKS.forEach(([kind], i) =>
    buttons[i].setAttribute("aria-pressed", String(store.mine(film.movie_id)[FIELD[kind]])));
  follow(film, draw, signal);
  return buttons;
}

/** Stars for a film, that follow what is done elsewhere. */
export function myStars(film, signal) {
  const stars = h("star-rating", { label: `Your stars for ${film.title}` });
  const draw = () => (stars.value = store.mine(film.movie_id).stars);
  stars.addEventListener("rate", async ({ detail }) => {
    if (!(await rateFilm(film, detail.stars))) draw();
  });
  follow(film, draw, signal);
  return stars;
}

/** What is seen of a film on its card: a list that is asked for again mostly changes the fit. */
function face(film) {
  const shown = (film.reasons ?? []).map((reason) => [reason.text, reason.share > 0]);
  return JSON.stringify([film.movie_id, film.title, film.year, film.poster, film.mean_stars,
    film.fit?.toFixed(0), film.stars?.toFixed(1), film.low, film.high, shown]);
}

class FilmCard extends HTMLElement {
  #film = null;
  #life = null;

  set film(film) {
    const before = this.#film;
    this.#film = film;
    if (this.isConnected && !(before && face(before) === face(film))) this.#draw();
  }

  get film() {
    return this.#film;
  }

  connectedCallback() {
    if (this.#film && !this.#life) this.#draw();
  }

  disconnectedCallback() {
    // Moved within the list or gone: only a card that stays away stops listening.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#life?.abort();
      this.#life = null;
    });
  }

  #draw() {
    const film = this.#film;
    this.#life?.abort();
    this.#life = new AbortController();
    const { signal } = this.#life;
    // A poster is the costliest part, and stays while the film does.
    const kept = this.querySelector(".card-poster");
    const place = kept?.dataset.of === film.movie_id ? kept : h("a", {
      class: "card-poster", dataset: { of: film.movie_id }, href: filmPath(film), tabindex: "-1", "aria-hidden": "true" },
      h("film-poster", { ".film": film }));
    const name = h("h3", { class: "card-title", vars: { "--longest": longestWord(film.title) } }, h("a", { href: filmPath(film) }, film.title),
      film.year && !this.hasAttribute("ticket") ? h("span", { class: "card-year" }, ` ${film.year}`) : null);
    const actions = this.hasAttribute("actions")
      ? h("div", { class: "card-actions" }, myStars(film, signal), h("div", { class: "card-marks" }, markButtons(film, signal)))
      : null;
    if (this.hasAttribute("small")) this.replaceChildren(place, name);
    else if (this.hasAttribute("ticket")) this.replaceChildren(place, this.#ticket(film, name, actions));
    else this.replaceChildren(place, h("div", { class: "card-text" }, prediction(film), name, why(film)), actions ?? "");
  }

  #ticket(film, name, actions) {
    return h("div", { class: "ticket" },
      h("div", { class: "ticket-body" },
        h("p", { class: "label ticket-label" }, this.getAttribute("ticket") || "Tonight’s feature"), name,
        h("p", { class: "ticket-facts" }, [film.year, ...film.genres].filter(Boolean).join(" · ")), why(film, 3), actions ?? ""),
      h("div", { class: "ticket-stub" },
        stub(film, film.mean_stars ? decimal(film.mean_stars) : null)));
  }
}

customElements.define("film-card", FilmCard);
