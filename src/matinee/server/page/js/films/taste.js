// My taste in pictures: genres and decades against everybody, and how I use the stars.

import { api } from "../api.js";
import { count, decimal, filmPath, h, starText, titled } from "../dom.js";
import { columns, shares, starGaps } from "../elements/charts.js";
import { fill } from "../elements/filling.js";
import { emptyState } from "../elements/states.js";
import { store } from "../store.js";

const LEAST_FILMS = 2; // of a genre or decade, before its mean is drawn
const MOST_GENRES = 14;

export function taste(panel, signal) {
  const show = () => fill(panel, signal, async () => {
    const report = await api.post("/taste", {}, { signal });
    if (!report.films) {
      return emptyState("Rate a few films first", "Then this page shows what sets your taste apart.",
        h("a", { class: "button", href: "/start" }, "Rate a few"));
    }
    return pictures(report);
  });
  store.on("reset", show, { signal });
  return show();
}

function pictures(report) {
  const { generosity, genres, decades, findings } = report;
  const parts = [
    h("h2", { class: "sr-only" }, "My taste in pictures"),
    h("ul", { class: "findings" }, findings.map((text) => h("li", {}, halves(text)))),
    report.unknown ? h("p", { class: "muted small" }, `${count(report.unknown, "film")} of yours that ${report.source} does not know ${report.unknown === 1 ? "is" : "are"} left out.`) : null,
  ];
  if (generosity?.stars.length) {
    parts.push(columns(`You give ${decimal(generosity.mean)} stars on average`,
      generosity.stars.map(([level, mine, others]) => ({ name: starText(level), mine, others }))));
  }
  const told = genres.filter((one) => one.films >= LEAST_FILMS).slice(0, MOST_GENRES);
  if (told.length) {
    parts.push(starGaps(liked(told, "Genres, beside what others give"), told.map(row)));
    parts.push(shares(watched(told), told.map(part)));
  }
  const times = decades.filter((one) => one.films >= LEAST_FILMS);
  if (times.length) {
    parts.push(starGaps(liked(times, "Decades, beside what others give"), times.map(row)));
    parts.push(shares("How your films spread over time", decades.map(part)));
  }
  const far = [["Surprising likes", report.likes], ["Surprising dislikes", report.dislikes]].filter(([, films]) => films.length);
  if (far.length) parts.push(h("div", { class: "stack" }, far.map(([name, films]) => surprises(name, films))));
  return h("div", { class: "taste" }, parts);
}

/** "1.5 stars" as people write it. */
const halves = (text) => text.replace(/\b([0-4])\.5(?= stars)/g, (_, whole) => starText(Number(whole) + 0.5));

const row = ({ name, films, mean, everybody }) => ({ name, films, mine: mean, others: everybody });
const part = ({ name, share, share_of_everybody: others }) => ({ name, mine: share, others });

/** The title says what stands out beyond chance, if anything does. */
function liked(list, otherwise) {
  const sure = list.filter((one) => Math.abs(one.taste) > 2 * one.error);
  const best = sure.sort((a, b) => Math.abs(b.taste) - Math.abs(a.taste))[0];
  if (!best) return otherwise;
  return `${best.name}: you like ${best.taste > 0 ? "more" : "less"} than others do`;
}

function watched(list) {
  const far = list.filter((one) => one.films >= 3 && one.share_of_everybody > 0)
    .sort((a, b) => b.share / b.share_of_everybody - a.share / a.share_of_everybody)[0];
  if (!far || far.share < 1.2 * far.share_of_everybody) return "What you watch";
  return `You watch ${(far.share / far.share_of_everybody).toFixed(1)} times as much ${far.name} as others`;
}

function surprises(name, films) {
  return h("section", { class: "chart" }, h("h3", {}, name), h("ol", { class: "surprises" }, films.map((film) =>
    h("li", {}, h("a", { href: filmPath(film) }, titled(film)),
      h("span", { class: "muted" }, ` you ${starText(film.stars)}, others ${decimal(film.everybody)}`,
        film.predicted === null ? "" : `, expected of you ${decimal(film.predicted)}`)))));
}
