// Tonight: the list, what moves it, and what one does with its films.

import { api, line, query as toQuery } from "../api.js";
import { announce, count, debounce, h, icon } from "../dom.js";
import { reconcile, slideOut } from "../list.js";
import { store } from "../store.js";
import "../elements/dial-panel.js";
import "../elements/film-card.js";
import { errorState } from "../elements/states.js";

const PAGE = 25;
const MOST = 97;

export default {
  title: "Tonight",
  styles: ["tonight"],
  async render(root, ctx) {
    const { signal } = ctx;
    const day = new Date().toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
    const dials = h("dial-panel", { class: "dials" });
    const turned = h("span", { class: "dials-count" });
    const drawer = h("details", { class: "dials-drawer" },
      h("summary", { class: "quiet" }, icon("dials"), "Tune the list ", turned), dials);
    const head = h("div", { class: "tonight-feature" });
    const wall = h("div", { class: "wall" });
    const says = h("p", { class: "tonight-says muted" });
    const more = h("button", { class: "quiet", type: "button" }, "More films");
    const list = h("section", { class: "tonight-list", "aria-labelledby": "tonight-films" },
      h("h2", { class: "sr-only", id: "tonight-films" }, "Films for tonight"), head, wall, h("p", { class: "row tonight-more" }, more));
    root.append(
      h("header", { class: "tonight-head" }, h("p", { class: "label" }, day),
        h("h1", {}, "What should I watch tonight?"), says),
      h("div", { class: "tonight" }, drawer, list));
    // Beside the list where there is room, a drawer above it where there is none.
    const wide = matchMedia("(min-width: 62rem)");
    const arrange = () => (drawer.open = wide.matches);
    arrange();
    wide.addEventListener("change", arrange, { signal });

    let n = PAGE;
    let asking = null;
    let first = true;
    let before = null;
    let leaving = Promise.resolve();

    async function load() {
      asking?.abort();
      const mine = (asking = new AbortController());
      signal.addEventListener("abort", () => mine.abort(), { once: true });
      try {
        const answer = await api.post("/recommendations", { ...dials.body(), n }, { signal: mine.signal });
        // The film that was dealt with slides out while the next list is asked for.
        await leaving;
        if (!mine.signal.aborted) draw(answer);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        // Nothing shown yet: the page as a whole says so. Otherwise the list of before stays.
        if (first || problem.code === "not-ready") throw problem;
        says.textContent = problem.message;
        list.classList.add("stale");
        if (problem.status) head.replaceChildren(errorState(problem, reload));
      }
    }

    const reload = () => load().catch((problem) => says.replaceChildren(problem.message, " ",
      h("button", { class: "link", type: "button", onclick: reload }, "Try again")));

    // The wall's rows are full, as long as there are more films to come.
    let columns = 1;
    let last = null;
    const whole = (films, all) => (all ? films : films.slice(0, Math.max(columns, films.length - (films.length % columns))));
    const width = new ResizeObserver(() => {
      const now = getComputedStyle(wall).gridTemplateColumns.split(" ").length;
      if (now === columns) return;
      columns = now;
      if (last && !signal.aborted) draw(last);
    });
    width.observe(wall);
    signal.addEventListener("abort", () => width.disconnect());

    function draw(answer) {
      const { items, profile, notes } = (last = answer);
      list.classList.remove("stale");
      const newcomer = profile.ratings === 0;
      const top = newcomer ? null : items[0];
      const made = `${count(profile.ratings, "rating")}${profile.seen ? ` and ${count(profile.seen, "film")} seen` : ""}`;
      says.replaceChildren(newcomer ? notes.join(" ") : [`Chosen from your ${made}.`, ...notes].join(" "));
      if (newcomer) head.replaceChildren(welcome());
      else if (!items.length) head.replaceChildren(nothing());
      else {
        if (!head.querySelector("film-card")) head.replaceChildren();
        reconcile(head, [top], (film) => h("film-card", { ticket: "Tonight’s feature", actions: true, ".film": film }));
      }
      reconcile(wall, whole(newcomer ? items : items.slice(1), items.length < n), (film) => h("film-card", { actions: true, ".film": film }));
      more.hidden = items.length < n || n >= MOST;
      turned.textContent = dials.turned() ? `(${dials.turned()})` : "";
      const now = items.map((film) => film.movie_id).join();
      if (!first && now !== before) announce(`${count(list.querySelectorAll("film-card").length, "film")} in the list.`);
      before = now;
      first = false;
    }

    function nothing() {
      return h("div", { class: "state" }, h("h2", {}, "No film is left"),
        h("p", {}, "The dials leave nothing over. Take one back, and films return."),
        h("button", { class: "button", type: "button", onclick: () => dials.reset() }, "All dials to neutral"));
    }

    more.addEventListener("click", async () => {
      const before = wall.children.length;
      n = Math.min(MOST, n + 24);
      await reload();
      wall.children[before]?.querySelector("h3 a")?.focus();
    });

    const keep = debounce(() => !signal.aborted
      && history.replaceState(history.state, "", location.pathname + toQuery(dials.address())), 250);
    const soon = debounce(reload, 60);
    dials.addEventListener("turn", () => {
      n = PAGE;
      keep();
      soon();
    });

    store.on("change", ({ movie_id, mine }) => {
      const card = list.querySelector(`[data-film="${CSS.escape(movie_id)}"]`);
      if (card && (mine.stars !== null || mine.seen || mine.not_interested)) leaving = slideOut(card);
      reload();
    }, { signal });
    store.on("reset", () => {
      watchlist();
      reload();
    }, { signal });
    line.addEventListener("change", ({ detail }) => list.classList.toggle("stale", !detail), { signal });

    // What is on the watchlist stays in the list, with its button pressed.
    async function watchlist() {
      const { items } = await api.get("/me/marks/watchlist", { limit: 200 }, { signal }).catch(() => ({ items: [] }));
      for (const film of items) store.learn(film.movie_id, { ...store.mine(film.movie_id), watchlist: true });
    }

    const ready = api.get("/genres", {}, { signal }).then((genres) => dials.open(genres, ctx.query));
    watchlist();
    // Where the address turns no dial, the list need not wait for them.
    await Promise.all([ready, ctx.query.size ? ready.then(load) : load()]);
  },
};

function welcome() {
  return h("div", { class: "ticket welcome" },
    h("div", { class: "ticket-body" }, h("p", { class: "label ticket-label" }, "New here?"),
      h("h2", {}, "Rate a few films, and this list becomes yours"),
      h("p", {}, "A handful of well-chosen questions is enough: a minute, and you may stop at any time. Below is what most people like."),
      h("p", { class: "row" }, h("a", { class: "button", href: "/start" }, "Start"),
        h("a", { class: "quiet", href: "/films" }, "I have ratings elsewhere"))),
    h("div", { class: "ticket-stub" }, h("span", { class: "label" }, "Admit"), h("b", {}, "One")));
}
