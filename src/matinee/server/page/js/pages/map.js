// Map: all films as a picture; films that are alike are near each other.

import { api } from "../api.js";
import { announce, calm, count, debounce, decimal, h, icon, starText } from "../dom.js";
import { emptyState } from "../elements/states.js";
import { genreVariable } from "../elements/film-map.js";
import { fold } from "../map/fold.js";
import { readPoints } from "../map/points.js";
import { store } from "../store.js";

const LISTED = 40;
const MOST_FOUND = 5000;

export default {
  title: "Map",
  styles: ["map"],
  async render(root, { signal, go }) {
    const about = await api.get("/map", {}, { signal });
    if (!about.available) {
      root.append(h("h1", {}, "Map"), emptyState("No map yet",
        "The model that answers places no films in a space. Publish one that does, such as als or svd: “matinee train als --publish”."));
      return;
    }
    const [binary, names, mine] = await Promise.all([
      api.raw("/map/points", { signal }).then((response) => response.arrayBuffer()),
      api.get("/map/names", {}, { signal }),
      myStars(signal),
    ]);
    const page = new MapPage({ points: readPoints(binary), names, about, go });
    root.append(...page.parts);
    page.start(mine, signal);
  },
};

/** Movie id → stars, of all my ratings. */
async function myStars(signal) {
  const stars = new Map();
  let cursor = null;
  do {
    const page = await api.get("/me/ratings", { limit: 200, cursor }, { signal });
    for (const film of page.items) stars.set(film.movie_id, film.stars);
    cursor = page.next;
  } while (cursor);
  return stars;
}

class MapPage {
  constructor({ points, names, about, go }) {
    this.points = points;
    this.names = names;
    this.about = about;
    this.go = go;
    this.ids = names.movie_ids.map(String);
    this.genres = new Set();
    this.words = "";
    this.onlyMine = false;
    this.stars = new Map();
    this.map = h("film-map", { label: "Map of films. Arrow keys move, plus and minus zoom, Page Down walks through the films in view, Enter opens one." });
    this.list = h("ol", { class: "map-list" });
    this.seen = h("h2", { class: "label" }, "In view");
    this.parts = [h("div", { class: "map-frame" }, this.#stage(), this.#panel())];
  }

  start(mine, signal) {
    this.map.addEventListener("film-open", ({ detail }) => this.go(this.#path(detail.film)));
    this.map.addEventListener("view-change", () => this.#fillList());
    this.map.addEventListener("film-look", ({ detail }) => this.#markListed(detail.film));
    this.map.data = { points: this.points, names: this.names };
    this.#paintLegend();
    this.#setMine(mine);
    store.on("change", ({ movie_id: id, mine: now }) => {
      const stars = new Map(this.stars);
      if (now.stars === null) stars.delete(id);
      else stars.set(id, now.stars);
      this.#setMine(stars);
    }, { signal });
    store.on("reset", async () => {
      try {
        this.#setMine(await myStars(signal));
      } catch (problem) {
        if (problem.name !== "AbortError" && problem.name !== "Problem") throw problem;
      }
    }, { signal });
    const themes = new MutationObserver(() => this.map.restyle());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => themes.disconnect());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.map.restyle(), { signal });
    const wanted = this.ids.indexOf(new URLSearchParams(location.search).get("film"));
    if (wanted >= 0) this.map.flyTo(wanted);
  }

  #stage() {
    const button = (name, label, press) =>
      h("button", { class: "map-button", type: "button", "aria-label": label, title: label, onclick: press }, name);
    return h("div", { class: "map-stage" }, this.map,
      h("div", { class: "map-buttons" },
        button("+", "Closer", () => this.map.zoomBy(1.7)),
        button("−", "Further away", () => this.map.zoomBy(1 / 1.7)),
        button(h("span", { class: "map-whole" }), "The whole map", () => this.map.fit())));
  }

  #panel() {
    const search = h("input", {
      class: "search-input", id: "map-search", type: "search", placeholder: "Light up titles", autocomplete: "off",
      "aria-label": "Light up films by title", maxlength: "100",
    });
    const read = () => {
      if (this.words === fold(search.value)) return;
      this.words = fold(search.value);
      this.#light();
    };
    search.addEventListener("input", debounce(read, 80));
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        read();
        const [first] = this.found ?? [];
        if (first !== undefined) this.map.flyTo(first);
      } else if (event.key === "Escape" && search.value) {
        search.value = "";
        read();
      }
    });
    this.mineChip = h("button", { class: "chip", type: "button", "aria-pressed": "false" }, icon("star"), "My films");
    this.mineChip.addEventListener("click", () => {
      this.onlyMine = !this.onlyMine;
      this.mineChip.setAttribute("aria-pressed", String(this.onlyMine));
      this.#light();
    });
    this.legend = h("div", { class: "chips map-legend", role: "group", "aria-label": "Light up genres" }, this.mineChip);
    return h("aside", { class: "map-panel", "aria-label": "What the map shows" },
      h("h1", { class: "map-title" }, "Map"),
      h("p", { class: "small muted" }, this.#said()),
      h("div", { class: "search-box" }, icon("search"), search),
      this.legend, this.seen, this.list,
      h("p", { class: "small muted map-keys" },
        "On the map: ", h("kbd", {}, "←↑↓→"), " move, ", h("kbd", {}, "+"), " ", h("kbd", {}, "−"), " zoom, ",
        h("kbd", {}, "0"), " shows everything, ", h("kbd", {}, "PgDn"), " walks from film to film, ",
        h("kbd", {}, "Enter"), " opens."));
  }

  #said() {
    const { layout, trustworthiness: trust, explained_variance: variance } = this.about;
    const parts = [`${count(this.points.count, "film")}. Those that the same people like are near each other; the larger, the more people rated it.`];
    if (trust !== null && trust !== undefined) {
      parts.push(` ${Math.round(trust * 100)} % of neighbourhoods on the map are true ones.`);
    } else if (layout === "pca" && variance) {
      parts.push(` The two axes show ${Math.round((variance[0] + variance[1]) * 100)} % of what sets films apart, so trust the broad picture only.`);
    }
    return parts.join("");
  }

  /** Chips of the genres, those with the most films first; their colours are the map's. */
  #paintLegend() {
    const films = this.names.genres.map(() => 0);
    for (const genre of this.points.genres) if (genre < films.length) films[genre]++;
    const order = films.map((n, genre) => [n, genre]).filter(([n]) => n).sort((a, b) => b[0] - a[0]);
    for (const [n, genre] of order) {
      const name = this.names.genres[genre];
      const chip = h("button", { class: "chip map-chip", type: "button", "aria-pressed": "false", title: count(n, "film"), dataset: { genre } },
        h("span", { class: "map-dot", vars: { "--dot": `var(${genreVariable(name)}, var(--map-none))` } }), name);
      chip.addEventListener("click", () => {
        if (!this.genres.delete(genre)) this.genres.add(genre);
        chip.setAttribute("aria-pressed", String(this.genres.has(genre)));
        this.#light();
      });
      this.legend.append(chip);
    }
  }

  #setMine(stars) {
    this.stars = stars;
    this.map.mine = stars;
    this.mineChip.hidden = stars.size === 0;
    if (this.onlyMine) this.#light();
  }

  /** Which films stand out: those of the words, of the chosen genres, of mine. */
  #light() {
    const { genres, words } = this;
    if (!genres.size && !words && !this.onlyMine) {
      this.found = null;
      this.map.lit = null;
    } else {
      this.folded ??= words ? this.names.titles.map(fold) : null;
      const lit = [];
      for (let film = 0; film < this.points.count; film++) {
        if (genres.size && !genres.has(this.points.genres[film])) continue;
        if (words && !this.folded[film].includes(words)) continue;
        if (this.onlyMine && !this.stars.has(this.ids[film])) continue;
        lit.push(film);
      }
      this.found = lit;
      this.map.lit = lit;
      if (words) announce(lit.length > MOST_FOUND ? `More than ${MOST_FOUND} films` : count(lit.length, "film"));
    }
    this.#fillList();
  }

  #fillList() {
    const { count: inside, films } = this.map.inView(LISTED);
    this.seen.textContent = `${count(inside, "film")} in view`;
    this.list.replaceChildren(...films.map((film) => this.#line(film)));
    if (!inside && this.found?.length) {
      const fly = h("button", { class: "link", type: "button", onclick: () => this.map.flyTo(this.found[0]) }, `Go to ${this.names.titles[this.found[0]]}`);
      this.list.append(h("li", { class: "map-elsewhere" }, "They are elsewhere on the map. ", fly));
    } else if (this.found && !this.found.length) {
      this.list.append(h("li", { class: "map-elsewhere" }, "No film of the map is like that."));
    }
    this.map.classList.add("ready");
  }

  #line(film) {
    const { years, means, ratings } = this.points;
    const stars = this.stars.get(this.ids[film]);
    const link = h("a", { href: this.#path(film), dataset: { film } },
      h("span", { class: "map-name" }, this.names.titles[film]),
      h("span", { class: "map-year" }, years[film] || ""),
      h("span", { class: "map-stars" }, stars ? `★ ${starText(stars)} yours` : ratings[film] ? `★ ${decimal(means[film])}` : ""));
    link.addEventListener("focus", () => this.map.lookAt(film));
    link.addEventListener("pointerenter", () => this.map.lookAt(film));
    return h("li", {}, link);
  }

  #markListed(film) {
    for (const link of this.list.querySelectorAll("a")) {
      const here = link.dataset.film === String(film);
      link.classList.toggle("on", here);
      if (here && document.activeElement?.matches("canvas:focus-visible")) this.#reveal(link);
    }
    if (film >= 0 && document.activeElement?.tagName === "CANVAS") announce(this.names.titles[film]);
  }

  /** Scrolls the panel, never the page: on a phone the map would slip away under the finger. */
  #reveal(link) {
    const panel = link.closest(".map-panel");
    const [inner, outer] = [link.getBoundingClientRect(), panel.getBoundingClientRect()];
    const over = inner.top < outer.top ? inner.top - outer.top : Math.max(0, inner.bottom - outer.bottom);
    if (over && panel.scrollHeight > panel.clientHeight) panel.scrollBy({ top: over, behavior: calm() ? "auto" : "smooth" });
  }

  #path(film) {
    return `/film/${encodeURIComponent(this.ids[film])}`;
  }
}
