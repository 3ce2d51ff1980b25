// The form for a guest: a name, films found one by one or pasted, stars for each.

import { api } from "../api.js";
import { announce, h, icon, starText, titled } from "../dom.js";
import "../elements/film-search.js";
import "../elements/star-rating.js";
import { MOST_LINES, readLines } from "./lines.js";

const SURE = 0.85;
const FIRST_STARS = 4;

/**
 * @param {?{name: string, ratings: object[]}} guest who is changed, or null for somebody new
 * @param {Set<string>} taken names of the others
 * @param {{done: (guest: object) => void, cancel: () => void}} ends
 */
export function guestForm(guest, taken, signal, { done, cancel }) {
  const ratings = structuredClone(guest?.ratings ?? []);
  const name = h("input", { class: "input", id: "guest-name", maxlength: "80", required: true, autocomplete: "off" });
  name.value = guest?.name ?? "";
  const list = h("ul", { class: "guest-films" });
  const wrong = h("p", { class: "field-error", role: "alert" });
  const search = h("film-search", { label: "A film the guest has seen", placeholder: "A film they have seen" });
  const pasted = h("textarea", { class: "input", id: "guest-lines", rows: "5", placeholder: "Heat = 4.5\nNotting Hill (1999) = 2" });
  const read = h("button", { class: "quiet", type: "button" }, "Read the lines");

  const draw = () => list.replaceChildren(...ratings.map((film) => {
    const stars = h("star-rating", { label: `Stars for ${film.title}` });
    stars.value = film.stars;
    stars.addEventListener("rate", ({ detail }) => {
      if (detail.stars === null) drop(film);
      else film.stars = detail.stars;
    });
    return h("li", {}, h("span", {}, titled(film)), stars,
      h("button", { class: "icon-button", type: "button", "aria-label": `Without ${film.title}`, onclick: () => drop(film) }, icon("no")));
  }));
  const drop = (film) => {
    ratings.splice(ratings.indexOf(film), 1);
    draw();
    search.focusInput();
  };
  const add = ({ movie_id: id, title, year }, stars) => {
    const known = ratings.find((film) => film.movie_id === id);
    if (known) known.stars = stars;
    else ratings.push({ movie_id: id, title, year, stars });
  };
  search.addEventListener("choose", ({ detail }) => {
    add(detail, FIRST_STARS);
    draw();
    announce(`${detail.title}: ${starText(FIRST_STARS)} stars, change them with the arrow keys`);
    list.querySelectorAll("star-rating")[ratings.findIndex((film) => film.movie_id === detail.movie_id)].focus();
  });
  read.addEventListener("click", async () => {
    read.disabled = true;
    wrong.textContent = "";
    try {
      const left = await readInto(pasted.value, add, signal);
      pasted.value = left.map(({ line }) => line).join("\n");
      wrong.textContent = left.length ? `Left in the box: ${left.map(({ title, why }) => `${title} (${why})`).join("; ")}.` : "";
      draw();
      if (!left.length) announce("All lines are read.");
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.name !== "Problem") throw problem;
      wrong.textContent = problem.message;
    } finally {
      read.disabled = false;
    }
  });

  const form = h("form", { class: "guest stack", onsubmit: (event) => {
    event.preventDefault();
    const called = name.value.trim();
    if (!called) wrong.textContent = "What is the guest called?";
    else if (taken.has(called)) wrong.textContent = `There is a ${called} already: choose another name.`;
    else if (!ratings.length) wrong.textContent = "Add at least one film with stars.";
    else done({ name: called, ratings });
  } },
  h("div", { class: "field" }, h("label", { for: "guest-name" }, "Name"), name),
  search, list,
  h("details", {}, h("summary", {}, "Paste a list instead"),
    h("div", { class: "field" }, h("label", { for: "guest-lines" }, `One film a line, ${MOST_LINES} at most`), pasted), read),
  wrong,
  h("p", { class: "row" }, h("button", { class: "button", type: "submit" }, guest ? "Keep" : "Add"),
    h("button", { class: "quiet", type: "button", onclick: cancel }, "Cancel")));
  draw();
  return form;
}

/** Finds the films of pasted lines and adds them; resolves to those that stay, and why. */
async function readInto(text, add, signal) {
  const left = [];
  for (const row of readLines(text)) {
    if (row.stars === null) {
      left.push({ ...row, why: "no stars from ½ to 5" });
      continue;
    }
    const { items } = await api.get("/films", { q: row.year ? `${row.title} (${row.year})` : row.title, limit: 3 }, { signal });
    const film = items.find((one) => !row.year || one.year === row.year) ?? items[0];
    if (film && (film.confidence ?? 0) >= SURE) add(film, row.stars);
    else left.push({ ...row, why: film ? `is it ${titled(film)}?` : "no such film here" });
  }
  return left;
}
