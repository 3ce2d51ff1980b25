// Pictures of figures. Each is a table whose cells are drawn: what is seen can also be read.

import { decimal, h, svg } from "../dom.js";

const STARS = [1, 2, 3, 4, 5];

/** A share of 0 to 1 in per cent, with a decimal only where it is small. */
export function percent(share) {
  const value = 100 * share;
  return `${value >= 9.95 || value === 0 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** "+0.4", "−0.2", "0.0": with the sign that people read. */
export function signed(value, digits = 1) {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : value > 0 ? `+${text}` : `−${text}`;
}

/**
 * A figure: heading, what it says, and the table.
 *
 * @param {string} title what it finds
 * @param {(string | Node)[]} key the meaning of the colours: [["mine", "You"], …]
 */
function figure(title, key, table) {
  return h("figure", { class: "chart" }, h("figcaption", {}, h("h3", {}, title),
    key.length ? h("p", { class: "chart-key" }, key.map(([name, text]) =>
      h("span", { class: `key key-${name}` }, text))) : null), table);
}

/** Heads that are no words, such as a scale, head no column. */
function table(className, heads, rows) {
  return h("table", { class: `chart-table ${className}` },
    h("thead", {}, h("tr", {}, heads.map((name, i) => (typeof name === "string" && name
      ? h("th", { scope: "col", class: i ? "number" : null }, name) : h("td", {}, name))))),
    h("tbody", {}, rows));
}

const place = (stars) => (100 * (stars - 0.5)) / 4.5;

function starScale() {
  return STARS.map((stars) => svg("line", { class: "chart-grid", x1: `${place(stars)}%`, x2: `${place(stars)}%`, y1: 0, y2: "100%" }));
}

/**
 * Two marks a row on the scale of stars, and the way from one to the other.
 *
 * @param {{name: string, films: number, mine: number, others: number}[]} rows
 */
export function starGaps(title, rows, { mine = "You", others = "Everybody, for the same films" } = {}) {
  return figure(title, [["mine", mine], ["others", others]], table("gaps",
    ["", "Films", h("span", { class: "chart-scale", "aria-hidden": "true" }, STARS.map((n) =>
      h("span", { vars: { "--at": `${place(n)}%` } }, n))), "You", "Others", "Difference"],
    rows.map((row) => h("tr", {},
      h("th", { scope: "row" }, row.name), h("td", { class: "number muted" }, row.films.toLocaleString("en")),
      h("td", { class: "chart-cell" }, svg("svg", { class: "chart-line", "aria-hidden": "true" }, starScale(),
        svg("line", { class: "gap-way", x1: `${place(row.others)}%`, x2: `${place(row.mine)}%`, y1: "50%", y2: "50%" }),
        svg("circle", { class: "mark-others", cx: `${place(row.others)}%`, cy: "50%", r: 5 }),
        svg("circle", { class: "mark-mine", cx: `${place(row.mine)}%`, cy: "50%", r: 6 }))),
      h("td", { class: "number" }, decimal(row.mine)), h("td", { class: "number muted" }, decimal(row.others)),
      h("td", { class: "number strong" }, signed(row.mine - row.others))))));
}

/**
 * Two shares a row, as bars of one scale.
 *
 * @param {{name: string, mine: number, others: number | null}[]} rows
 */
export function shares(title, rows, { mine = "Your films", others = "Everybody’s" } = {}) {
  const most = Math.max(0.01, ...rows.flatMap((row) => [row.mine, row.others ?? 0]));
  const known = rows.some((row) => row.others !== null);
  return figure(title, [["mine", mine], ...(known ? [["others", others]] : [])], table("shares",
    ["", "", mine, ...(known ? [others] : [])],
    rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.name),
      h("td", { class: "chart-cell" }, svg("svg", { class: "chart-line", "aria-hidden": "true" },
        svg("rect", { class: "bar-mine", width: `${(100 * row.mine) / most}%`, y: known ? "14%" : "25%", height: known ? "40%" : "50%" }),
        row.others === null ? [] : svg("rect", { class: "bar-others", width: `${(100 * row.others) / most}%`, y: "60%", height: "22%" }))),
      h("td", { class: "number" }, percent(row.mine)),
      known ? h("td", { class: "number muted" }, row.others === null ? "–" : percent(row.others)) : null))));
}

/**
 * Columns side by side, for how often each number of stars was given.
 *
 * @param {{name: string, mine: number, others: number | null}[]} columns
 */
export function columns(title, list, { mine = "You", others = "Everybody" } = {}) {
  const most = Math.max(0.01, ...list.flatMap((one) => [one.mine, one.others ?? 0]));
  const known = list.some((one) => one.others !== null);
  return figure(title, [["mine", mine], ...(known ? [["others", others]] : [])],
    h("table", { class: "chart-columns" },
      h("thead", { class: "sr-only" }, h("tr", {}, h("th", { scope: "col" }, "Stars"),
        h("th", { scope: "col" }, mine), known ? h("th", { scope: "col" }, others) : null)),
      h("tbody", {}, list.map((one) => h("tr", {},
        h("th", { scope: "row" }, one.name),
        h("td", { class: "column-mine", vars: { "--share": one.mine / most } }, h("span", {}, one.mine ? percent(one.mine) : "")),
        known ? h("td", { class: "column-others", vars: { "--share": (one.others ?? 0) / most } },
          h("span", { class: "sr-only" }, one.others === null ? "–" : percent(one.others))) : null)))));
}

/**
 * Parts of one whole in a band, with their names below.
 *
 * @param {{name: string, share: number, text?: string}[]} parts shares of 0 to 1
 */
export function band(title, parts) {
  return h("figure", { class: "chart" }, h("figcaption", {}, h("h3", {}, title)),
    h("div", { class: "band", "aria-hidden": "true" }, parts.map((part, i) => part.share > 0 &&
      h("span", { class: `band-part series-${(i % 6) + 1}`, vars: { "--share": part.share } }))),
    h("ul", { class: "band-key" }, parts.map((part, i) => h("li", {},
      h("span", { class: `band-dot series-${(i % 6) + 1}`, "aria-hidden": "true" }),
      h("b", {}, part.name), ` ${percent(part.share)}`, part.text ? h("span", { class: "muted small" }, ` ${part.text}`) : null))));
}

/**
 * What adds up to a number, step by step: each bar begins where the one before it ended.
 *
 * @param {{name: string | Node, value: number}[]} steps
 * @param {{total: string, digits?: number}} words
 */
export function waterfall(title, steps, { total, digits = 2 }) {
  let sum = 0;
  const places = steps.map(({ value }) => {
    const from = sum;
    sum += value;
    return [from, sum];
  });
  const low = Math.min(0, ...places.flat());
  const high = Math.max(0, ...places.flat());
  const span = high - low || 1;
  const at = (value) => (100 * (value - low)) / span;
  const line = (name, from, to, text, kind) => h("tr", { class: kind === "total" ? "total" : null },
    h("th", { scope: "row" }, name),
    h("td", { class: "chart-cell" }, svg("svg", { class: "chart-line", "aria-hidden": "true" },
      svg("line", { class: "chart-zero", x1: `${at(0)}%`, x2: `${at(0)}%`, y1: 0, y2: "100%" }),
      svg("rect", { class: `fall-${kind}`, x: `${Math.min(at(from), at(to))}%`, width: `${Math.max(0.4, Math.abs(at(to) - at(from)))}%`, y: "18%", height: "64%" }))),
    h("td", { class: "number" }, text));
  return figure(title, [], table("waterfall", ["", "", "Adds"], [
    ...steps.map((step, i) => line(step.name, ...places[i], signed(step.value, digits), step.value < 0 ? "down" : "up")),
    line(total, 0, sum, sum.toFixed(digits).replace("-", "−"), "total"),
  ]));
}
