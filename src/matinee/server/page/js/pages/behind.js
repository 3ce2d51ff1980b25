// Behind the list: which model, what it learned from, how good it is, how an answer came to be.

import { api } from "../api.js";
import { BASE, count, decimal, h, icon, titled } from "../dom.js";
import { band, waterfall } from "../elements/charts.js";
import { fill } from "../elements/filling.js";
import "../elements/film-search.js";
import { ABOUT, FIGURES } from "../behind/words.js";
import { store } from "../store.js";

const STEPS = 12;
const day = new Intl.DateTimeFormat("en", { dateStyle: "long" });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

export default {
  title: "Behind the list",
  styles: ["tables", "charts", "behind"],
  async render(root, { query, signal, session }) {
    const model = await api.get("/model", {}, { signal });
    const { trained_on: data } = model;
    root.append(
      h("header", { class: "films-head" }, h("h1", {}, "Behind the list"), h("p", { class: "lead" }, sentence(model))),
      h("div", { class: "behind" },
        h("section", { class: "behind-facts wide", "aria-label": "In figures" }, [
          [data.ratings, "ratings"], [data.users, "people"], [data.movies, "films"],
        ].map(([n, what]) => h("p", {}, h("b", { class: "figure-number" }, n.toLocaleString("en")), h("span", {}, what)))),
        members(model),
        figures(model),
        explained(query, model, signal),
        h("section", { class: "stack" }, h("h2", {}, "Where it comes from"),
          h("dl", { class: "behind-list" },
            line("Data", data.dataset), line("Licence", data.licence), line("Please cite", data.citation ? linked(data.citation) : null),
            line("Trained", data.when ? `${moment.format(new Date(data.when))}${model.fit_seconds ? `, in ${seconds(model.fit_seconds)}` : ""}` : null),
            line("Model", `${model.name}, version ${model.version}`),
            line("It can", abilities(model.can)),
            line("Posters", session.attribution?.tmdb ?? null)),
          parameters(model.parameters)),
        published(signal)));
  },
};

const line = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : []);

/** Text with its web addresses to click. */
function linked(text) {
  return text.split(/(https:\/\/[^\s<>"]*[^\s<>".,;)])/).map((part, i) =>
    (i % 2 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part));
}

function sentence({ name, trained_on: data }) {
  const when = data.when ? ` on ${day.format(new Date(data.when))}` : "";
  return `Your list comes from ${ABOUT[name] ?? `the model ${name}`}. It learned${when} from ${count(data.ratings, "rating")} that ${count(data.users, "person", "people")} gave to ${count(data.movies, "film")}, and from nothing about you but your ratings.`;
}

function seconds(value) {
  return value < 90 ? count(Math.round(value), "second") : count(Math.round(value / 60), "minute");
}

function abilities(can) {
  const names = { predict_stars: "predict stars", explain: "say why", similar: "find similar films" };
  return Object.entries(names).filter(([key]) => can[key]).map(([, name]) => name).join(", ");
}

// How the mixture moves as one tells more.
const TOLD = [[1, "After one rating"], [10, "After ten"], [100, "After a hundred"]];

function members({ members: rows }) {
  if (!rows) return null;
  const bands = TOLD.map(([told, title]) => {
    const row = rows.find((one) => one.told === told);
    if (!row) return null;
    const total = Object.values(row.weights).reduce((sum, one) => sum + one, 0) || 1;
    return band(title, Object.entries(row.weights).map(([name, weight]) => ({ name, share: weight / total, text: ABOUT[name] ?? "" })));
  });
  return h("section", { class: "stack" }, h("h2", {}, "What is mixed"), bands,
    h("p", { class: "muted" }, "The weights were learned on people who were kept apart, and move with the number of your ratings."));
}

function figures({ figures: told, measured }) {
  const heading = h("h2", {}, "How good it is");
  if (!told) {
    return h("section", { class: "stack" }, heading, h("p", {},
      "Nobody has measured this model yet. ", h("code", {}, "matinee evaluate"),
      " measures it on ratings that it has not seen, and a figures.json beside the model is shown here."));
  }
  const ends = measured?.intervals ?? {};
  return h("section", { class: "stack" }, heading,
    measured ? h("p", {}, howMeasured(measured)) : null,
    h("dl", { class: "figures" }, Object.entries(told).map(([name, value]) => h("div", {},
      h("dt", {}, name), h("dd", { class: "figures-value" }, scale(name, value, ends[name])),
      h("dd", { class: "muted" }, meaning(name))))),
    Object.keys(ends).length ? h("p", { class: "muted small" },
      "The bar is the 95 % confidence interval: had other people of the same kind been asked, the figure would most likely lie in it.") : null);
}

/** The figure, and where it lies between 0 and 1. */
function scale(name, value, interval) {
  const number = (one) => (Math.abs(one) < 1 ? one.toFixed(3) : one.toLocaleString("en", { maximumSignificantDigits: 4 }));
  const words = interval ? `${number(interval[0])} to ${number(interval[1])}` : null;
  const drawn = interval && [value, ...interval].every((one) => one >= 0 && one <= 1)
    ? h("span", { class: "figures-bar", "aria-hidden": "true", vars: { "--low": interval[0], "--high": interval[1], "--at": value } }) : null;
  return [h("b", {}, number(value)), drawn, words ? h("span", { class: "muted small" }, h("span", { class: "sr-only" }, "most likely "), words) : null];
}

const PROTOCOLS = {
  "strong-generalization": (n) => `One like it was trained without ${n}. It was given most of their ratings and asked for films; the figures say how many of the films that they liked among the rest it found.`,
};

function howMeasured({ protocol, people, dataset }) {
  const n = count(people, "person", "people");
  return PROTOCOLS[protocol]?.(n) ?? `Measured on ${n} of ${dataset}, by the protocol ${protocol}.`;
}

function meaning(name) {
  const key = name.toLowerCase().replace(/@.*$|_at_.*$/, "");
  return FIGURES[key] ?? "";
}

/** One film's fit taken apart; the film stands in the address. */
function explained(query, model, signal) {
  const box = h("div", { class: "behind-film" });
  let shown = query.get("film");
  const show = (id) => {
    shown = id;
    return fill(box, signal, async () => taken(await api.post("/explanations", { movie_id: id }, { signal })));
  };
  const search = h("film-search", { label: "A film to take apart", placeholder: "Any film" });
  search.addEventListener("choose", ({ detail }) => {
    history.replaceState(history.state, "", `${BASE}/behind?film=${encodeURIComponent(detail.movie_id)}`);
    show(detail.movie_id);
  });
  const start = async () => {
    if (shown) return show(shown);
    // Without a wish: the film at the head of tonight's list.
    return fill(box, signal, async () => {
      const { items } = await api.post("/recommendations", { n: 1, explain: false }, { signal });
      if (!items.length) return h("p", { class: "muted" }, "Choose a film to see what its place is made of.");
      return taken(await api.post("/explanations", { movie_id: items[0].movie_id }, { signal }));
    });
  };
  if (model.can.explain) {
    start();
    // What was said of films, here or in another tab, pulls the score elsewhere.
    for (const event of ["change", "reset"]) store.on(event, start, { signal });
  }
  return h("section", { class: "stack wide" }, h("h2", {}, "How an answer came to be"),
    model.can.explain
      ? [h("p", {}, "Each of your ratings pulls a film up or down the list. What they do to one film:"), h("div", { class: "behind-search" }, search), box]
      : h("p", {}, "This model cannot tell what speaks for a film."));
}

function taken({ movie, reasons, fit, stars }) {
  if (!reasons.length) {
    return h("p", { class: "muted" }, `There is nothing to take apart for ${titled(movie)}: rate a few films first.`);
  }
  const shown = reasons.slice(0, STEPS);
  const left = fit - shown.reduce((sum, one) => sum + one.share, 0);
  const others = Math.abs(left) < 0.5 ? [] : [{ name: h("i", {}, "all else"), value: left }];
  const steps = [
    ...shown.map((one) => ({
      name: one.movie_id ? h("a", { href: `/film/${encodeURIComponent(one.movie_id)}` }, one.text) : one.text,
      value: one.share,
    })), ...others,
  ];
  return [
    waterfall(titled(movie), steps, { total: "Fit", digits: 1 }),
    h("p", { class: "muted small" }, "The fit goes from 0 to 100 and puts films in order.",
      stars === null ? "" : ` In stars you would give it ${decimal(stars)}.`,
      reasons.length < STEPS ? "" : ` The ${STEPS} strongest parts are shown.`),
    h("p", {}, h("a", { class: "quiet", href: `/film/${encodeURIComponent(movie.movie_id)}` }, icon("star"), `To ${movie.title}`)),
  ];
}

function parameters(values) {
  const entries = Object.entries(values);
  if (!entries.length) return null;
  return h("details", {}, h("summary", {}, "Its hyper-parameters"), h("table", { class: "table behind-figures" },
    h("tbody", {}, entries.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, name)),
      h("td", {}, typeof value === "object" ? JSON.stringify(value) : String(value)))))));
}

/** Only admins are told; for others the section stays away. */
function published(signal) {
  const box = h("section", { class: "stack" });
  fill(box, signal, async () => {
    let items;
    try {
      ({ items } = await api.get("/models", {}, { signal }));
    } catch (problem) {
      if (problem.code === "forbidden" || problem.code === "not-signed-in") return [];
      throw problem;
    }
    const heading = h("h2", {}, "Published models");
    if (!items.length) {
      return [heading, h("p", { class: "muted" }, "Nothing is published here. ", h("code", {}, "matinee train … --publish"), " hands a new model over while the server runs.")];
    }
    return [heading, h("table", { class: "table" },
      h("thead", {}, h("tr", {}, ["Version", "Model", "Data", "Trained", ""].map((name) => h("th", { scope: "col" }, name || h("span", { class: "sr-only" }, "State"))))),
      h("tbody", {}, items.map((one) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, one.version)), h("td", {}, one.model), h("td", {}, one.dataset),
        h("td", {}, moment.format(new Date(one.created))), h("td", {}, one.answers ? "answers" : one.current ? "current" : ""))))),
    h("p", { class: "small muted" }, h("code", {}, "matinee rollback"), " goes back to the one before.")];
  });
  return box;
}
