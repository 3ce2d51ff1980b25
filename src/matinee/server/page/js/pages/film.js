// A film: what it is, what I would give it and why, and what is like it.

import { api } from "../api.js";
import { count, decimal, h, icon, longestWord, setVars } from "../dom.js";
import { store } from "../store.js";
import "../elements/film-card.js";
import { markButtons, myStars, stub } from "../elements/film-card.js";

const REASONS = 8;

/** Links to the film elsewhere; where a data set has no ids, to what those sites find. */
function elsewhere({ title, year, links }) {
  const words = encodeURIComponent(year ? `${title} ${year}` : title);
  const sites = [
    ["IMDb", links.imdb, `https://www.imdb.com/find/?s=tt&q=${words}`],
    ["TMDB", links.tmdb, `https://www.themoviedb.org/search?query=${encodeURIComponent(title)}${year ? `%20y%3A${year}` : ""}`],
  ];
  return sites.map(([site, known, search]) => h("a", {
    class: "quiet mark", href: known ?? search, target: "_blank", rel: "noopener noreferrer",
    title: `${known ? "On" : "Look for it on"} ${site}, in a new tab`,
  }, icon("out"), known ? site : `Find on ${site}`));
}

export default {
  title: "Film",
  styles: ["film"],
  async render(root, ctx) {
    const { signal } = ctx;
    const id = encodeURIComponent(ctx.params.id);
    const film = await api.get(`/films/${id}`, {}, { signal });
    store.learn(film.movie_id, film.mine);
    ctx.setTitle(film.year ? `${film.title} (${film.year})` : film.title);

    const because = h("section", { class: "film-why", "aria-label": "Why" });
    const guess = h("div", { class: "ticket-stub film-stub" });
    const similar = h("section", { class: "film-similar", "aria-label": "More like this" });
    root.append(h("article", { class: "film" },
      h("div", { class: "film-picture" }, h("film-poster", { ".film": film })),
      h("div", { class: "film-text" },
        h("p", { class: "label" }, [film.year, ...film.genres].filter(Boolean).join(" · ")),
        h("h1", { class: "film-title", vars: { "--longest": longestWord(film.title) } }, film.title),
        h("div", { class: "ticket film-ticket" },
          h("div", { class: "ticket-body" },
            h("p", { class: "label" }, "Your stars"), myStars(film, signal),
            h("div", { class: "row film-marks" }, markButtons(film, signal, { words: true }))),
          guess),
        because,
        film.tags.length ? h("section", { "aria-label": "Tags" }, h("h2", { class: "film-h2" }, "What people say of it"),
          h("ul", { class: "tags" }, film.tags.slice(0, 16).map((tag) => h("li", {}, tag)))) : null,
        h("p", { class: "row film-links" },
          h("a", { class: "quiet mark", href: `/?like=${id}` }, "A list in this mood"),
          h("a", { class: "quiet mark", href: `/behind?film=${id}` }, "How its fit came to be"),
          elsewhere(film)))), similar);

    const out = new Set();
    let asking = null;

    async function explain() {
      asking?.abort();
      asking = new AbortController();
      signal.addEventListener("abort", () => asking.abort(), { once: true });
      try {
        const answer = await api.post("/explanations",
          { movie_id: film.movie_id, leave_out: [...out] }, { signal: asking.signal });
        if (!out.size) full = answer;
        drawGuess(answer);
        drawReasons(answer);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        drawGuess({});
        because.replaceChildren();
        if (problem.code !== "not-supported") {
          because.append(h("p", { class: "muted" }, problem.message, " ",
            h("button", { class: "link", type: "button", onclick: explain }, "Try again")));
        }
      }
    }

    function drawGuess(promise) {
      const everybody = film.mean_stars === null ? null : `${decimal(film.mean_stars)} (${count(film.ratings, "rating")})`;
      guess.replaceChildren(...stub(promise, everybody).filter(Boolean));
    }

    let full = null;

    // The reasons of the whole profile stay in view while some of them are left out: that is the
    // what-if. Their bars are those of the answer to what is left.
    function drawReasons(answer) {
      const shown = (full ?? answer).reasons.slice(0, REASONS);
      if (!shown.length) {
        because.replaceChildren(h("p", { class: "muted" }, full?.reasons.length === 0 && !store.mine(film.movie_id).stars
          ? "Rate a few films, and this page says why this one is for you." : ""));
        return;
      }
      const now = new Map(answer.reasons.map((reason) => [reason.movie_id ?? reason.text, reason]));
      const most = Math.max(...shown.map((reason) => Math.abs(reason.share)), 1e-9);
      const rows = shown.map((reason) => {
        const left = reason.movie_id && out.has(reason.movie_id);
        const value = left ? 0 : now.get(reason.movie_id ?? reason.text)?.share ?? 0;
        const bar = h("span", { class: `bar ${value < 0 ? "bar-against" : ""}`, "aria-hidden": "true" });
        setVars(bar, { "--share": Math.min(1, Math.abs(value) / most) });
        const { text } = reason;
        return h("li", { class: left ? "left-out" : "" },
          h("span", { class: "reason-text" }, reason.movie_id
            ? h("a", { href: `/film/${encodeURIComponent(reason.movie_id)}` }, text) : text), bar,
          h("span", { class: "sr-only" }, value < 0 ? "speaks against it" : "speaks for it"),
          reason.movie_id && reason.kind === "movie" ? h("button", { class: "link reason-toggle", type: "button", 
            onclick: () => toggle(reason) }, left ? "Put back" : "Leave out", h("span", { class: "sr-only" }, `: ${text}`)) : "");
      });
      const compared = full && out.size;
      because.replaceChildren(h("h2", { class: "film-h2" }, "Why"), h("ol", { class: "reasons" }, rows),
        h("p", { class: "muted what-if", role: "status" }, compared ? whatIf(answer)
          : shown.some((reason) => reason.kind === "movie") ? "Leave a rating out to see what it does."
          : "Rate a few films, and this becomes a reason of your own."));
    }

    function whatIf(answer) {
      const without = `Without ${out.size === 1 ? "that rating" : `those ${out.size} ratings`}`;
      if (answer.stars !== null && full.stars !== null) {
        return `${without} you would give it ${decimal(answer.stars)} instead of ${decimal(full.stars)}.`;
      }
      return `${without} its fit would be ${Math.round(answer.fit)} instead of ${Math.round(full.fit)}.`;
    }

    async function toggle(reason) {
      if (out.has(reason.movie_id)) out.delete(reason.movie_id);
      else out.add(reason.movie_id);
      await explain();
      const at = (full?.reasons ?? []).slice(0, REASONS).findIndex((one) => one.movie_id === reason.movie_id);
      because.querySelectorAll(".reasons > li")[at]?.querySelector("button")?.focus();
    }

    async function like() {
      try {
        const { items } = await api.get(`/films/${id}/similar`, { limit: 12 }, { signal });
        if (items.length) {
          similar.replaceChildren(h("h2", {}, "More like this"), h("div", { class: "wall wall-small" },
            items.map((one) => h("film-card", { small: true, ".film": one }))));
        }
      } catch (problem) {
        if (problem.name === "AbortError" || problem.code === "not-supported") return;
        similar.replaceChildren(h("h2", {}, "More like this"), h("p", { class: "muted" }, problem.message, " ",
          h("button", { class: "link", type: "button", onclick: like }, "Try again")));
      }
    }

    const again = () => {
      out.clear();
      full = null;
      return explain();
    };
    store.on("change", again, { signal });
    store.on("reset", async () => {
      const fresh = await api.get(`/films/${id}`, {}, { signal }).catch(() => null);
      if (fresh) store.learn(film.movie_id, fresh.mine);
      again();
    }, { signal });
    drawGuess({});
    await Promise.all([explain(), like()]);
  },
};
