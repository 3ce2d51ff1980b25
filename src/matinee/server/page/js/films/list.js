// Lists of one's own films: rated ones with their stars to change in place, and marked ones.

import { markFilm, rateFilm } from "../actions.js";
import { api } from "../api.js";
import { count, filmPath, h, icon } from "../dom.js";
import { fill } from "../elements/filling.js";
import { myStars } from "../elements/film-card.js";
import { emptyState } from "../elements/states.js";
import { toast } from "../elements/toast.js";
import { store } from "../store.js";

const PAGE = 50;
const SORTS = [["recent", "Latest first"], ["stars", "Best first"], ["title", "By title"]];
const EMPTY = {
  seen: ["Nothing marked as seen", "Films you have seen but not rated. They are left out of your list."],
  watchlist: ["Your watchlist is empty", "Put films on it from tonight’s list or from a film’s page."],
  "not-interested": ["Nothing here", "Films you are not interested in never come back."],
};
const FIELD = { seen: "seen", watchlist: "watchlist", "not-interested": "not_interested" };

let sort = "recent";

export function ratingList(panel, signal) {
  const show = () => fill(panel, signal, async () => {
    const page = await api.get("/me/ratings", { limit: PAGE, sort }, { signal });
    if (!page.total) {
      return emptyState("No film rated yet", "A handful of films is enough for a first list.",
        h("a", { class: "button", href: "/start" }, "Rate a few"),
        h("a", { class: "quiet", href: "/films?tab=data" }, "Bring my films along"));
    }
    const choice = h("select", { class: "input films-sort", "aria-label": "Order", onchange: (event) => {
      sort = event.target.value;
      show();
    } }, SORTS.map(([value, name]) => h("option", { value, selected: value === sort }, name)));
    const list = new FilmList(page, (film) => ratedRow(film, signal), (cursor) =>
      api.get("/me/ratings", { limit: PAGE, sort, cursor }, { signal }));
    store.on("change", ({ movie_id: id, mine }) => mine.stars === null && list.drop(id, () => show()), { signal });
    return [h("div", { class: "row films-tools" }, choice), ...list.parts];
  });
  store.on("reset", show, { signal });
  return show();
}

export function markList(kind) {
  return (panel, signal) => {
    const show = () => fill(panel, signal, async () => {
      const page = await api.get(`/me/marks/${kind}`, { limit: PAGE }, { signal });
      if (!page.total) return emptyState(...EMPTY[kind]);
      const list = new FilmList(page, (film) => markedRow(film, kind, signal), (cursor) =>
        api.get(`/me/marks/${kind}`, { limit: PAGE, cursor }, { signal }));
      store.on("change", ({ movie_id: id, mine }) => mine[FIELD[kind]] === false && list.drop(id, () => show()), { signal });
      return list.parts;
    });
    store.on("reset", show, { signal });
    return show();
  };
}

/** Rows, and a button for the next page as long as there is one. */
class FilmList {
  constructor(page, row, next) {
    this.row = row;
    this.next = next;
    this.list = h("ol", { class: "film-rows" }, page.items.map(row));
    this.left = page.total;
    this.more = h("button", { class: "quiet films-more", type: "button", onclick: () => this.#more() });
    this.#offer(page);
  }

  get parts() {
    return [this.list, this.more];
  }

  /** Takes a film's row away; `empty` is called when it was the last one. */
  drop(id, empty) {
    const row = [...this.list.children].find((one) => one.dataset.film === id);
    if (!row) return;
    const focused = row.contains(document.activeElement);
    const beside = row.nextElementSibling ?? row.previousElementSibling;
    row.classList.add("leaving");
    setTimeout(() => {
      row.remove();
      if (focused) beside?.querySelector("a, star-rating, button")?.focus();
      if (!this.list.children.length) empty();
    }, 160);
  }

  #offer({ next, total }) {
    this.cursor = next;
    this.more.hidden = !next;
    this.more.textContent = `More of ${count(total, "film")}`;
  }

  async #more() {
    this.more.disabled = true;
    try {
      const page = await this.next(this.cursor);
      const rows = page.items.map(this.row);
      this.list.append(...rows);
      rows[0]?.querySelector("a")?.focus();
      this.#offer(page);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.name !== "Problem") throw problem;
      toast(problem.message, { kind: "error" });
    } finally {
      this.more.disabled = false;
    }
  }
}

function ratedRow(film, signal) {
  store.learn(film.movie_id, { ...store.mine(film.movie_id), stars: film.stars });
  const away = h("button", { class: "icon-button", type: "button", title: "Take the stars away",
    "aria-label": `Take the stars of ${film.title} away`, onclick: () => rateFilm(film, null) }, icon("trash"));
  return row(film, myStars(film, signal), away);
}

function markedRow(film, kind, signal) {
  store.learn(film.movie_id, { ...store.mine(film.movie_id), [FIELD[kind]]: true });
  const away = h("button", { class: "icon-button", type: "button", title: "Take off this list",
    "aria-label": `Take ${film.title} off this list`, onclick: () => markFilm(film, kind, false) }, icon("trash"));
  return row(film, kind === "not-interested" ? null : myStars(film, signal), away);
}

function row(film, ...tools) {
  const name = film.in_catalog
    ? h("a", { href: filmPath(film) }, film.title)
    : h("span", { title: "Not among the films of this model" }, film.title);
  const facts = [film.year, film.genres.slice(0, 3).join(", "), film.in_catalog ? null : "unknown to this model"];
  return h("li", { class: "film-row", dataset: { film: film.movie_id } },
    h("film-poster", { class: "film-row-poster", "aria-hidden": "true", ".film": film }),
    h("div", { class: "film-row-text" },
      h("span", { class: "film-row-title" }, name),
      h("span", { class: "film-row-facts" }, facts.filter(Boolean).join(" · "))),
    h("time", { class: "film-row-when", datetime: film.at, title: from(film.source) }, when(film.at)),
    ...tools);
}

const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });

export function when(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "" : day.format(date);
}

const FILES = { letterboxd: "Letterboxd", imdb: "IMDb", trakt: "Trakt", matinee: "a Matinee export" };

function from(source) {
  const kind = /^import:(\w+)$/.exec(source)?.[1];
  return kind ? `from ${FILES[kind] ?? kind}` : "said here";
}
