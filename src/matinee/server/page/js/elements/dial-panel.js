// <dial-panel>: the dials of a list. `dials` is what they stand at, `body()` what the API is asked,
// `await open(api answer of /genres, URLSearchParams)` fills it. Event "turn" when one was moved.

import { api } from "../api.js";
import { count, h, icon, setVars } from "../dom.js";
import "./film-search.js";

const LEAST_RATINGS = [0, 5, 10, 20, 50, 100, 200, 500, 1000];
const NEUTRAL = { like: [], genres: [], without: [], from: null, to: null, hidden: 0, different: 0, stars: 0, least: 0 };
const MOST_LIKE = 10;

const words = {
  hidden: (v) => (v === 0 ? "as the list comes" : `${Math.round(v * 100)} % towards hidden gems`),
  different: (v) => (v === 0 ? "the best, though alike" : `${Math.round(v * 100)} % towards different`),
  stars: (v) => (v ? `at least ${v} stars from everybody` : "any stars"),
  least: (v) => (v ? `rated by at least ${count(v, "person", "people")}` : "any number of ratings"),
};

class DialPanel extends HTMLElement {
  dials = structuredClone(NEUTRAL);

  /** Draw the dials; what the address says comes first. */
  async open({ items, decades }, query) {
    this.genres = items.map((genre) => genre.name);
    this.decades = decades;
    await this.#read(query);
    this.#draw();
  }

  /** The dials as the API takes them, without those that stand at neutral. */
  body() {
    const d = this.dials;
    const body = {};
    if (d.like.length) body.like = d.like.map((film) => film.movie_id);
    if (d.genres.length) body.genres = d.genres;
    if (d.without.length) body.without_genres = d.without;
    if (d.from !== null) Object.assign(body, { from_year: d.from, to_year: d.to });
    if (d.hidden) body.hidden = d.hidden;
    if (d.different) body.different = d.different;
    if (d.stars) body.min_stars = d.stars;
    if (d.least) body.min_ratings = d.least;
    return body;
  }

  /** How many dials are away from neutral. */
  turned() {
    return Object.keys(this.body()).filter((name) => name !== "to_year").length;
  }

  /** The dials for the address: a reload and a link keep them. */
  address() {
    const { like, genres, without, from, to, hidden, different, stars, least } = this.dials;
    return { like: like.map((film) => film.movie_id).join(","), genres: genres.join(","), without: without.join(","),
      from, to, hidden: hidden || null, different: different || null, stars: stars || null, least: least || null };
  }

  reset() {
    this.dials = structuredClone(NEUTRAL);
    this.#draw();
    this.#turned();
  }

  async #read(query) {
    const list = (name) => (query.get(name) ?? "").split(",").filter(Boolean);
    const number = (name, low, high) => {
      const value = Number(query.get(name));
      return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : 0;
    };
    const d = this.dials;
    d.genres = list("genres").filter((name) => this.genres.includes(name));
    d.without = list("without").filter((name) => this.genres.includes(name) && !d.genres.includes(name));
    const from = this.decades.find((one) => one.from_year === Number(query.get("from")));
    const to = this.decades.find((one) => one.to_year === Number(query.get("to")));
    if (from && to && from.from_year < to.to_year) [d.from, d.to] = [from.from_year, to.to_year];
    d.hidden = number("hidden", 0, 1);
    d.different = number("different", 0, 1);
    d.stars = number("stars", 0, 5);
    d.least = Math.round(number("least", 0, 1e6));
    const found = await Promise.allSettled(list("like").slice(0, MOST_LIKE).map((id) =>
      api.get(`/films/${encodeURIComponent(id)}`)));
    d.like = found.filter((one) => one.status === "fulfilled").map((one) => one.value);
  }

  #turned() {
    this.dispatchEvent(new CustomEvent("turn", { bubbles: true }));
    this.resetButton.hidden = !this.turned();
  }

  #draw() {
    const at = this.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.resetButton = h("button", { class: "link", type: "button", onclick: () => this.reset() }, "All dials to neutral");
    this.replaceChildren(this.#mood(), this.#range("hidden", "Known or hidden", ["As it comes", "Hidden gems"], 0, 1, 0.1),
      this.#range("different", "Familiar or different", ["Familiar", "Different"], 0, 1, 0.1),
      this.#years(), this.#genres(),
      this.#range("stars", "Liked by everybody", ["Any", "4½ and up"], 0, 4.5, 0.5),
      this.#range("least", "How well known", ["Any", "Famous"], 0, LEAST_RATINGS.length - 1, 1),
      this.resetButton);
    this.resetButton.hidden = !this.turned();
    if (at) this.querySelector(`[data-key="${CSS.escape(at)}"]`)?.focus();
  }

  #mood() {
    const { like } = this.dials;
    const search = h("film-search", { label: "More like this film", placeholder: "Add a film" });
    search.addEventListener("choose", ({ detail }) => {
      if (like.length < MOST_LIKE && !like.some((film) => film.movie_id === detail.movie_id)) like.push(detail);
      this.#draw();
      this.#turned();
      this.querySelector("film-search").focusInput();
    });
    const drop = (film) => {
      this.dials.like = like.filter((one) => one !== film);
      this.#draw();
      this.#turned();
    };
    return h("fieldset", { class: "dial" }, h("legend", {}, "In the mood for more like"),
      like.length ? h("ul", { class: "chips" }, like.map((film) => h("li", {},
        h("button", { class: "chip", type: "button", "aria-label": `No longer like ${film.title}`, "data-state": "in",
          onclick: () => drop(film) }, film.title, icon("no"))))) : null,
      like.length < MOST_LIKE ? search : null);
  }

  #range(name, title, ends, min, max, step) {
    const steps = name === "least";
    const now = steps ? Math.max(0, LEAST_RATINGS.findLastIndex((n) => n <= this.dials.least)) : this.dials[name];
    const input = h("input", { class: "range", type: "range", min, max, step, "aria-label": title, "data-key": name });
    input.value = now;
    const says = h("output", { class: "dial-says" });
    const show = () => {
      const value = steps ? LEAST_RATINGS[input.value] : Number(input.value);
      this.dials[name] = value;
      says.textContent = words[name](value);
      input.setAttribute("aria-valuetext", words[name](value));
      setVars(input, { "--share": `${((input.value - min) / (max - min)) * 100}%` });
    };
    show();
    input.addEventListener("input", () => {
      show();
      this.#turned();
    });
    return h("div", { class: "dial" }, h("span", { class: "dial-name", "aria-hidden": "true" }, title), input,
      h("div", { class: "dial-ends", "aria-hidden": "true" }, h("span", {}, ends[0]), h("span", {}, ends[1])), says);
  }

  #years() {
    const d = this.dials;
    const inside = (one) => d.from !== null && one.from_year >= d.from && one.to_year <= d.to;
    const press = (one) => {
      if (d.from === null) [d.from, d.to] = [one.from_year, one.to_year];
      else if (one.from_year < d.from) d.from = one.from_year;
      else if (one.to_year > d.to) d.to = one.to_year;
      else if (d.from === one.from_year && d.to === one.to_year) [d.from, d.to] = [null, null];
      else [d.from, d.to] = [one.from_year, one.to_year];
      this.#draw();
      this.#turned();
    };
    return h("fieldset", { class: "dial" }, h("legend", {}, "Decade"),
      h("ul", { class: "chips" }, this.decades.map((one) => h("li", {}, h("button", {
        class: "chip", type: "button", "aria-pressed": String(inside(one)), "data-key": `y${one.from_year}`,
        onclick: () => press(one),
      }, `${one.from_year}s`)))));
  }

  #genres() {
    const d = this.dials;
    const state = (name) => (d.genres.includes(name) ? "in" : d.without.includes(name) ? "out" : "");
    const turn = (name) => {
      const was = state(name);
      d.genres = d.genres.filter((one) => one !== name);
      d.without = d.without.filter((one) => one !== name);
      if (was === "") d.genres.push(name);
      if (was === "in") d.without.push(name);
      this.#draw();
      this.#turned();
    };
    const said = { "": "either way", in: "wanted", out: "not wanted" };
    return h("fieldset", { class: "dial" }, h("legend", {}, "Genres"),
      h("p", { class: "dial-says dial-hint" }, "Press once for yes, twice for no"),
      h("ul", { class: "chips" }, this.genres.map((name) => h("li", {}, h("button", {
        class: "chip", type: "button", "data-state": state(name), "data-key": `g${name}`,
        "aria-label": `${name}: ${said[state(name)]}`, onclick: () => turn(name),
      }, name)))));
  }
}

customElements.define("dial-panel", DialPanel);
