// For two or more: who is watching, how to agree, and films that nobody hates.

import { api } from "../api.js";
import { count, decimal, filmPath, h, icon, setVars } from "../dom.js";
import "../elements/dial-panel.js";
import { fill } from "../elements/filling.js";
import "../elements/film-poster.js";
import { emptyState } from "../elements/states.js";
import { store } from "../store.js";
import { guestForm } from "../together/guest.js";
import { keepGuests, keptGuests } from "../together/guests.js";

const MOST_MEMBERS = 10;
const FILMS = 12;
const STRATEGIES = [
  ["least-misery", "Nobody suffers", "A film counts as much as it pleases whoever likes it least."],
  ["average", "Best on average", "The most liked by all together, even if one likes it less."],
  ["fair", "Take turns", "Who has got least so far chooses next."],
];

export default {
  title: "Together",
  styles: ["together"],
  async render(root, { query, signal }) {
    const [{ items: people }, genres] = await Promise.all([
      api.get("/people", {}, { signal }), api.get("/genres", {}, { signal }),
    ]);
    const page = new Together(people, signal);
    root.append(...page.parts);
    await page.dials.open(genres, query);
    page.dials.addEventListener("turn", () => page.ask());
    page.draw();
    await page.ask();
    for (const event of ["change", "reset"]) store.on(event, () => page.ask(), { signal });
  },
};

class Together {
  constructor(people, signal) {
    this.signal = signal;
    this.people = people;
    this.members = [...people.filter((one) => one.is_me).map(asMember), ...keptGuests()].slice(0, MOST_MEMBERS);
    this.strategy = STRATEGIES[0][0];
    this.who = h("ul", { class: "members" });
    this.adding = h("div", { class: "adding" });
    this.result = h("section", { class: "group-result", "aria-label": "Films for all of you" });
    this.dials = h("dial-panel", { class: "dials" });
    this.parts = [
      h("header", { class: "films-head" }, h("h1", {}, "Together"),
        h("p", { class: "lead" }, "Films for two or more: who would like what, and who gives way.")),
      h("div", { class: "together" },
        h("div", { class: "together-side" },
          h("section", { class: "stack" }, h("h2", { class: "label" }, "Who is watching"), this.who, this.adding),
          this.#strategies(),
          h("details", { class: "together-dials" }, h("summary", { class: "quiet" }, icon("dials"), "Dials"), this.dials)),
        this.result),
    ];
  }

  #strategies() {
    const about = h("p", { class: "small muted" }, STRATEGIES[0][2]);
    return h("fieldset", { class: "dial" }, h("legend", {}, "How to agree"),
      h("div", { class: "strategies" }, STRATEGIES.map(([value, name, text]) => {
        const input = h("input", { type: "radio", name: "strategy", value, checked: value === this.strategy });
        input.addEventListener("change", () => {
          this.strategy = value;
          about.textContent = text;
          this.ask();
        });
        return h("label", { class: "strategy" }, input, h("span", {}, name));
      })), about);
  }

  draw() {
    this.who.replaceChildren(...this.members.map((member) => this.#member(member)));
    const free = this.people.filter((one) => !this.members.some((member) => member.person_id === one.person_id));
    const full = this.members.length >= MOST_MEMBERS;
    const guest = h("button", { class: "quiet", type: "button", disabled: full, onclick: () => this.#invite() }, icon("watchlist"), "A guest");
    this.adding.replaceChildren(...(full ? [h("p", { class: "small muted" }, `${MOST_MEMBERS} people are the most.`)] : []),
      h("p", { class: "row" }, ...free.slice(0, MOST_MEMBERS).map((one) =>
        h("button", { class: "quiet", type: "button", disabled: full, onclick: () => this.#add(asMember(one)) }, icon("watchlist"), one.name)), guest));
  }

  #member(member) {
    return h("li", { class: "member" },
      h("span", { class: "member-name" }, member.name, member.is_me && member.name !== "You" ? h("span", { class: "muted small" }, " (you)") : null),
      h("span", { class: "member-facts" }, member.ratings ? count(member.ratings.length, "film") : (this.counts?.get(member) ?? "own ratings")),
      member.ratings ? h("button", { class: "link", type: "button", onclick: () => this.#invite(member) }, "Change") : null,
      h("button", { class: "icon-button", type: "button", "aria-label": `${member.name} is not watching`, onclick: () => this.#drop(member) }, icon("no")));
  }

  #add(member) {
    this.members.push(member);
    this.#changed();
  }

  #drop(member) {
    this.members = this.members.filter((one) => one !== member);
    this.#changed();
    this.adding.querySelector("button")?.focus();
  }

  #changed() {
    keepGuests(this.members.filter((member) => member.ratings));
    this.draw();
    this.ask();
  }

  /** Opens the form for a guest, new or known already. */
  #invite(member = null) {
    const taken = new Set(this.members.filter((one) => one !== member).map((one) => one.name));
    const form = guestForm(member, taken, this.signal, {
      done: (guest) => {
        if (member) this.members[this.members.indexOf(member)] = guest;
        else this.members.push(guest);
        this.#changed();
        this.adding.querySelector("button:not(:disabled)")?.focus();
      },
      cancel: () => {
        this.draw();
        this.adding.querySelector("button:last-child")?.focus();
      },
    });
    this.adding.replaceChildren(form);
    form.querySelector("input").focus();
  }

  ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.signal.addEventListener("abort", () => this.asking.abort(), { once: true });
    if (this.members.length < 2) {
      this.result.replaceChildren(emptyState("Who else is watching?", "Add a guest with a few films they love, or hate: five are enough."));
      return Promise.resolve();
    }
    return fill(this.result, signal, async () => {
      const members = this.members.map((member) => ({
        name: member.name,
        ...(member.ratings
          ? { ratings: member.ratings.map(({ movie_id: id, stars }) => ({ movie_id: id, stars })) }
          : { person_id: member.person_id }),
      }));
      const answer = await api.post("/groups",
        { members, strategy: this.strategy, n: FILMS, ...this.dials.body() }, { signal });
      this.counts = new Map(this.members.map((member, i) => [member, count(answer.members[i].ratings, "film")]));
      if (!this.adding.querySelector("form")) this.draw();
      return groupList(answer);
    });
  }
}

// Without accounts the local person may have no name of their own.
const asMember = ({ person_id: id, name, is_me: me }) => ({ person_id: id, name: me && name === "me" ? "You" : name, is_me: me });

function groupList(answer) {
  const silent = answer.members.filter((one) => !one.ratings);
  const note = silent.length
    ? h("p", { class: "muted" }, `${silent.map((one) => one.name).join(", ")}: no ratings yet, so what most people like stands in.`) : null;
  if (!answer.items.length) {
    return [note, emptyState("Nothing is left", "No film passes the dials, or all of them have been seen by one of you.")];
  }
  return [note, h("ol", { class: "group-films" }, answer.items.map((pick) => groupFilm(pick)))];
}

function groupFilm(pick) {
  return h("li", { class: "group-film" },
    h("a", { class: "card-poster", href: filmPath(pick), tabindex: "-1", "aria-hidden": "true" }, h("film-poster", { ".film": pick })),
    h("div", { class: "group-text" },
      h("h3", { class: "card-title" }, h("a", { href: filmPath(pick) }, pick.title), pick.year ? h("span", { class: "card-year" }, ` ${pick.year}`) : null),
      h("p", { class: "film-row-facts" }, pick.genres.slice(0, 3).join(" · ")),
      h("ul", { class: "opinions" }, pick.members.map((one) => opinion(one, one.name === pick.gives_way))),
      pick.gives_way ? givesWay(pick) : null));
}

function givesWay({ gives_way: name, members }) {
  const rank = members.find((one) => one.name === name)?.rank;
  return h("p", { class: "gives-way" }, h("b", {}, name), " gives way",
    rank ? `: it is no. ${rank.toLocaleString("en")} on ${name === "You" ? "your" : "their"} own list.` : ".");
}

function opinion({ name, fit, stars }, gives) {
  const bar = h("span", { class: "opinion-bar", "aria-hidden": "true" });
  setVars(bar, { "--share": fit / 100 });
  return h("li", { class: gives ? "gives" : null }, h("span", { class: "opinion-name" }, name), bar,
    h("span", { class: "opinion-value", title: stars === null ? null : `${decimal(stars)} stars` }, h("span", { class: "sr-only" }, "fit "), Math.round(fit)));
}
