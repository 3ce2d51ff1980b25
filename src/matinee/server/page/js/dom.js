// Building and reading the page. No markup strings: text that comes from data is only ever text.

/** The path of a proxy below which the page stands; "" at the top. */
export const BASE = globalThis.document?.documentElement.dataset.base ?? "";

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name === "vars") setVars(node, value);
    else if (name.startsWith(".")) node[name.slice(1)] = value;
    else if (name === "href" && String(value).startsWith("/")) node.setAttribute(name, BASE + value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** An element: `h("a", { class: "x", href, onclick, dataset, vars: {"--share": 0.4}, ".film": film }, …)`.
 * A name that begins with a dot sets a property; null, undefined and false are left out. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** Custom properties through the CSSOM: the policy of the page forbids style attributes. */
export function setVars(node, vars) {
  for (const [name, value] of Object.entries(vars)) node.style.setProperty(name, String(value));
}

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** One of the drawings below, hidden from screen readers: the button around it has the name. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }));
}

const ICONS = {
  star: "M12 2.6l2.9 6.2 6.8.8-5 4.6 1.3 6.7-6-3.3-6 3.3 1.3-6.7-5-4.6 6.8-.8z",
  seen: "M9.6 18.4 3.5 12.3l2.1-2.1 4 4L18.4 5.4l2.1 2.1z",
  watchlist: "M10.5 4h3v6.5H20v3h-6.5V20h-3v-6.5H4v-3h6.5z",
  no: "M5.2 7.3 7.3 5.2 12 9.9l4.7-4.7 2.1 2.1-4.7 4.7 4.7 4.7-2.1 2.1-4.7-4.7-4.7 4.7-2.1-2.1L9.9 12z",
  search: "M10.5 3a7.5 7.5 0 0 1 5.9 12.1l5 5-1.8 1.8-5-5A7.5 7.5 0 1 1 10.5 3zm0 2.6a4.9 4.9 0 1 0 0 9.8 4.9 4.9 0 0 0 0-9.8z",
  sun: "M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM11 1h2v4h-2zm0 18h2v4h-2zM1 11h4v2H1zm18 0h4v2h-4zM4.9 3.5l2.8 2.8-1.4 1.4-2.8-2.8zm12.8 12.8 2.8 2.8-1.4 1.4-2.8-2.8zM19.1 3.5l1.4 1.4-2.8 2.8-1.4-1.4zM6.3 16.3l1.4 1.4-2.8 2.8-1.4-1.4z",
  moon: "M20.5 14.5A8.8 8.8 0 0 1 9.5 3.5a8.8 8.8 0 1 0 11 11z",
  undo: "M8 4v4h6.5a6 6 0 0 1 0 12H7v-2.8h7.5a3.2 3.2 0 0 0 0-6.4H8v4L2 9.4z",
  out: "M5 5h6v2.6H7.6v8.8h8.8V13H19v6H5zm8-1.5h7.5V11H18V7.7l-6.4 6.4-1.8-1.8L16.3 6H13z",
  dials: "M3 6h9v2.5H3zm15 0h3v2.5h-3zM13.5 4.5h3V10h-3zM3 15.5h3V18H3zm9 0h9V18h-9zM7.5 14h3v5.5h-3z",
  trash: "M9 3h6l1 2h4v2.5H4V5h4zM5.5 9h13L17.5 21h-11z",
};

const HALF = "½";

/** Stars as people write them: 4.5 is "4½", 0.5 is "½", 3 is "3". */
export function starText(stars) {
  const whole = Math.floor(stars);
  return stars - whole >= 0.5 ? `${whole || ""}${HALF}` : String(whole);
}

/** One decimal, for predictions: 3.9. */
export const decimal = (value) => Number(value).toFixed(1);

/** "1 film", "1,204 films". */
export function count(n, one, many = `${one}s`) {
  return `${Number(n).toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** "Heat (1995)". */
export const titled = (film) => (film.year ? `${film.title} (${film.year})` : film.title);

/** Letters of the longest word: large titles are made no larger than it fits. */
export const longestWord = (text) => Math.max(1, ...text.split(/[\s-]+/).map((word) => [...word].length));

/** Where a film's own page is. */
export const filmPath = (film) => `/film/${encodeURIComponent(film.movie_id)}`;

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

let unsaid = [];

/** Say something to screen readers, without a visible message; what comes at once is said together. */
export function announce(text) {
  unsaid.push(text);
  if (unsaid.length > 1) return;
  setTimeout(() => {
    const box = $("#announcer");
    const all = unsaid.join(" ");
    unsaid = [];
    if (box) box.textContent = box.textContent === all ? `${all} ` : all;
  }, 120);
}

/** The last call wins, `wait` milliseconds after it. */
export function debounce(call, wait) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), wait);
  };
}
