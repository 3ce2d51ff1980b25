// Start: a few well-chosen films, one at a time, until the list is settled or the person has enough.

import { api } from "../api.js";
import { announce, count, h, longestWord, setVars, starText } from "../dom.js";
import { reconcile } from "../list.js";
import { store } from "../store.js";
import "../elements/film-card.js";
import "../elements/film-poster.js";
import "../elements/star-rating.js";
import { toast } from "../elements/toast.js";

const KEY = "matinee-start-unseen";
const MOST = 200;

function remembered() {
  try {
    const ids = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string").slice(-MOST) : [];
  } catch {
    return [];
  }
}

export default {
  title: "Start",
  styles: ["start"],
  async render(root, ctx) {
    const { signal } = ctx;
    let unseen = remembered();
    let film = null;
    let busy = false;
    const steps = [];

    const poster = h("div", { class: "start-poster" });
    const name = h("h2", { class: "start-title" });
    const facts = h("p", { class: "label" });
    const reason = h("p", { class: "why" });
    const stars = h("star-rating", { class: "start-stars", commit: "enter" });
    const skip = h("button", { class: "quiet", type: "button" }, "Haven’t seen it ", h("kbd", { "aria-hidden": "true" }, "N"));
    const back = h("button", { class: "link", type: "button" }, "Back one film ", h("kbd", { "aria-hidden": "true" }, "B"));
    const list = h("div", { class: "start-list", role: "list" });
    const meter = h("meter", { class: "sr-only", min: 0, max: 1, "aria-label": "How settled your list is" });
    const frames = h("div", { class: "settled", "aria-hidden": "true" });
    const told = h("p", { class: "muted" });
    const enough = h("a", { class: "quiet", href: "/" }, "That’s enough: show me tonight");
    const stage = h("section", { class: "start-stage", "aria-label": "One film" },
      poster, h("div", { class: "start-ask" }, facts, name, reason, h("p", { class: "label", id: "start-how" }, "How did you like it?"), stars,
        h("p", { class: "row" }, skip, back),
        h("p", { class: "small muted start-keys" }, "Keys: ", h("kbd", {}, "1"), "–", h("kbd", {}, "5"), " stars, ",
          h("kbd", {}, "←"), h("kbd", {}, "→"), " halves and ", h("kbd", {}, "Enter"), ", ", h("kbd", {}, "N"), " haven’t seen, ",
          h("kbd", {}, "B"), " back")));
    root.append(
      h("header", { class: "start-head" }, h("p", { class: "label" }, "A few films, well chosen"), h("h1", {}, "Which of these do you know?")),
      h("div", { class: "start" }, stage,
        h("aside", { class: "start-side", "aria-label": "Your list so far" }, h("h2", { class: "film-h2" }, "Your list so far"),
          frames, meter, told, list, enough)));

    async function ask() {
      const answer = await api.post("/ask-next", { unseen, n: 1 }, { signal });
      film = answer.items[0] ?? null;
      draw(answer);
    }

    function draw({ stability, settled, list: picks, answered }) {
      const share = Math.max(0, Math.min(1, stability ?? 0));
      meter.value = share;
      frames.replaceChildren(...Array.from({ length: 12 }, (_, i) => h("span", { class: i < Math.round(share * 12) ? "lit" : "" })));
      told.textContent = answered === 0 ? "Nothing yet: it begins with your first stars."
        : settled ? `Settled after ${count(answered, "rating")}. More stars make it finer.`
        : `${Math.round(share * 100)} % settled, from ${count(answered, "rating")}.`;
      enough.className = settled || answered >= 5 ? "button" : "quiet";
      const shown = answered ? picks ?? [] : [];
      reconcile(list, shown, (one) => h("film-card", { small: true, role: "listitem", ".film": one }));
      back.hidden = steps.length === 0;
      if (!film) {
        stage.replaceChildren(h("div", { class: "state" }, h("h2", {}, "That was every film worth asking about"),
          h("a", { class: "button", href: "/" }, "Show me tonight")));
        return;
      }
      poster.replaceChildren(h("film-poster", { ".film": film }));
      name.textContent = film.title;
      setVars(name, { "--longest": longestWord(film.title) });
      facts.textContent = [film.year, ...film.genres].filter(Boolean).join(" · ");
      reason.textContent = film.why ? film.why[0].toUpperCase() + film.why.slice(1) : "";
      stars.value = null;
      stars.setAttribute("label", `Your stars for ${film.title}`);
      announce(`${film.title}${film.year ? `, ${film.year}` : ""}`);
    }

    /** One answer at a time; what fails is said, and the film stays. */
    async function answer(work) {
      if (busy || !film) return;
      busy = true;
      stage.classList.add("busy");
      try {
        await work();
        await ask();
      } catch (problem) {
        if (problem.name === "AbortError") return;
        if (problem.name !== "Problem") throw problem;
        stars.value = null;
        toast(`That was not saved. ${problem.message}`, { kind: "error" });
      } finally {
        busy = false;
        stage.classList.remove("busy");
      }
    }

    function keep() {
      try {
        sessionStorage.setItem(KEY, JSON.stringify(unseen));
      } catch {
        // Without storage a reload asks about them again.
      }
    }

    const give = (value) => answer(async () => {
      const rated = film;
      quiet = true;
      await store.rate(rated, value).finally(() => (quiet = false));
      steps.push({ kind: "rated", film: rated });
      announce(`${rated.title}: ${starText(value)} stars.`);
    });
    const pass = () => answer(async () => {
      steps.push({ kind: "unseen", film });
      unseen = [...unseen, film.movie_id].slice(-MOST);
      keep();
    });
    const goBack = () => answer(async () => {
      const step = steps.at(-1);
      if (!step) return;
      if (step.kind === "rated") {
        quiet = true;
        await store.rate(step.film, null).finally(() => (quiet = false));
      } else {
        unseen = unseen.filter((id) => id !== step.film.movie_id);
        keep();
      }
      steps.pop();
    });

    let quiet = false;
    stars.addEventListener("rate", ({ detail }) => detail.stars && give(detail.stars));
    skip.addEventListener("click", pass);
    back.addEventListener("click", goBack);
    addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.matches?.("input, textarea, select")) return;
      const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code)?.[1];
      const key = event.key.toLowerCase();
      if (digit) give(Number(digit) - (event.shiftKey ? 0.5 : 0));
      else if (key === "n") pass();
      else if (key === "b") goBack();
      else if (key === "arrowleft" || key === "arrowright") stars.focus();
      else return;
      event.preventDefault();
    }, { signal });
    // Another tab rated something: the next question may be another one.
    store.on("change", () => quiet || ask().catch(() => {}), { signal });
    store.on("reset", () => ask().catch(() => {}), { signal });
    await ask();
  },
};
