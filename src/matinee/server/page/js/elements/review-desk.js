// <review-desk>: which films are meant by the entries of a file that are not sure.
//
// `open(report)` fills it; `decisions` is what was decided, by entry: a movie id, or null for none of
// them. What is not decided waits for the next import. Decisions outlive a reload of the page.
// Event "decide" after each choice. Radio buttons: arrow keys choose, Tab goes to the next entry.

import { count, h, icon, starText, titled } from "../dom.js";
import "./film-search.js";

const NONE = "";
const KINDS = { rating: "rated", watched: "seen", like: "liked", watchlist: "on the watchlist", "not-interested": "not interested" };

let made = 0;

class ReviewDesk extends HTMLElement {
  decisions = {};
  #key = null;

  open(report) {
    this.#key = `matinee-review-${report.import_id}`;
    this.decisions = this.#kept();
    this.entries = [...report.uncertain, ...report.unknown];
    this.told = h("p", { class: "desk-told", role: "status" });
    const { uncertain, unknown } = report;
    this.replaceChildren();
    if (uncertain.length) {
      this.append(h("section", { class: "desk" },
        h("div", { class: "desk-head" }, h("h3", {}, "Which film is meant?"), this.told,
          h("button", { class: "link", type: "button", onclick: () => this.#takeFirst(uncertain) }, "Take the likeliest film everywhere")),
        uncertain.map((entry) => this.#entry(entry))));
    }
    if (unknown.length) {
      this.append(h("details", { class: "desk desk-unknown" },
        h("summary", {}, h("h3", {}, `${count(unknown.length, "title")} that nothing here is like`)),
        h("p", { class: "muted" }, "Films, series or shorts that the model’s catalogue does not have. If one is here under another name, find it."),
        unknown.map((entry) => this.#entry(entry))));
    }
    this.#tell();
  }

  /** Forget what was kept for a reload: the file was taken over or put away. */
  close() {
    try {
      sessionStorage.removeItem(this.#key);
    } catch {
      // Nothing was kept where storage is refused.
    }
  }

  #kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
    } catch {
      return {};
    }
  }

  #entry(entry) {
    const name = `desk-${++made}`;
    const facts = [KINDS[entry.kind], entry.stars ? `${starText(entry.stars)} ★` : null, entry.rows > 1 ? count(entry.rows, "row") : null];
    const options = h("div", { class: "desk-options" }, entry.candidates.map((film) => this.#option(name, entry, film)));
    const none = this.#option(name, entry, null);
    options.append(none);
    const search = h("film-search", { label: `Find the film for ${entry.title}`, placeholder: "Another film" });
    search.addEventListener("choose", ({ detail: film }) => {
      let option = options.querySelector(`input[value="${CSS.escape(film.movie_id)}"]`)?.closest("label");
      if (!option) {
        option = this.#option(name, entry, { ...film, how: "found by you", confidence: null });
        options.insertBefore(option, none);
      }
      const input = option.querySelector("input");
      input.checked = true;
      this.#decide(entry, film.movie_id);
      input.focus();
    });
    return h("fieldset", { class: "desk-entry", dataset: { entry: entry.entry } },
      h("legend", {}, h("span", { class: "desk-title" }, titled(entry)), " ",
        h("span", { class: "muted small" }, facts.filter(Boolean).join(" · "))),
      options, search);
  }

  #option(name, entry, film) {
    const value = film ? film.movie_id : NONE;
    const input = h("input", { type: "radio", name, value });
    input.checked = entry.entry in this.decisions && (this.decisions[entry.entry] ?? NONE) === value;
    input.addEventListener("change", () => this.#decide(entry, film ? film.movie_id : null));
    if (!film) return h("label", { class: "desk-option desk-none" }, input, h("span", {}, entry.candidates.length ? "None of these" : "Leave it out"));
    return h("label", { class: "desk-option" }, input,
      h("span", { class: "desk-film" }, titled(film)),
      h("span", { class: "desk-how" }, film.how),
      film.confidence === null ? null : h("span", { class: "desk-sure", title: "How sure Matinee is" },
        h("span", { class: "desk-meter", vars: { "--share": film.confidence }, "aria-hidden": "true" }),
        `${Math.round(100 * film.confidence)} %`));
  }

  #decide(entry, movieId) {
    this.decisions[entry.entry] = movieId;
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.decisions));
    } catch {
      // Storage may be refused or full; the decisions then last as long as the page.
    }
    this.#tell();
    this.dispatchEvent(new CustomEvent("decide", { bubbles: true }));
  }

  #takeFirst(entries) {
    for (const entry of entries) {
      if (entry.entry in this.decisions || !entry.candidates.length) continue;
      const box = this.querySelector(`[data-entry="${CSS.escape(entry.entry)}"]`);
      box.querySelector("input[type=radio]").checked = true;
      this.#decide(entry, entry.candidates[0].movie_id);
    }
  }

  #tell() {
    const open = this.entries.filter((entry) => entry.candidates.length);
    const left = open.filter((entry) => !(entry.entry in this.decisions)).length;
    this.told.replaceChildren(left
      ? `${open.length - left} of ${open.length} decided. What is left open stays out, and is asked again next time.`
      : h("span", { class: "row" }, icon("seen"), "All decided."));
    for (const box of this.querySelectorAll(".desk-entry")) box.classList.toggle("decided", box.dataset.entry in this.decisions);
  }
}

customElements.define("review-desk", ReviewDesk);
