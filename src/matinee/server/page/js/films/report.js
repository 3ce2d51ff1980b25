// What an import would do: sure rows, the review desk, what is skipped and why; then doing it.

import { api } from "../api.js";
import { count, h, icon, starText, titled } from "../dom.js";
import "../elements/review-desk.js";
import { toast } from "../elements/toast.js";
import { store } from "../store.js";

const FILES = { letterboxd: "Letterboxd", imdb: "IMDb", trakt: "Trakt", matinee: "Matinee" };
const COUNTS = [
  ["matched", "ready to come in"],
  ["uncertain", "to look at"],
  ["unknown", "not in the catalogue yet, but kept"],
  ["skipped", "skipped"],
  ["already", "there already"],
];

/** `done` goes back to where a file is chosen. */
export function showReport(report, done) {
  const desk = h("review-desk");
  const wrong = h("p", { class: "field-error", role: "alert" });
  const apply = h("button", { class: "button", type: "button" });
  const offer = () => {
    const chosen = Object.values(desk.decisions).filter((movie) => movie !== null).length;
    const rows = report.counts.matched;
    apply.disabled = !rows && !Object.keys(desk.decisions).length;
    apply.replaceChildren(icon("seen"), apply.disabled ? "Nothing to bring in"
      : chosen ? `Bring in ${count(rows, "row")} and ${count(chosen, "decision")}` : `Bring in ${count(rows, "row")}`);
  };
  const away = async () => {
    desk.close();
    try {
      await api.delete(`/me/imports/${encodeURIComponent(report.import_id)}`);
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      toast(problem.message, { kind: "error" });
    }
    done();
  };
  apply.addEventListener("click", async () => {
    apply.disabled = true;
    wrong.textContent = "";
    try {
      const answer = await api.post(`/me/imports/${encodeURIComponent(report.import_id)}/apply`, { decisions: desk.decisions });
      desk.close();
      const result = applied(report, answer, done);
      box.replaceChildren(...result);
      result[0].focus();
      store.reset();
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      wrong.textContent = problem.message;
      offer();
    }
  });
  desk.open(report);
  desk.addEventListener("decide", offer);
  offer();
  const heading = h("h2", { tabindex: "-1" }, `${report.name || "Your file"}`);
  const box = h("div", { class: "stack import-report" }, heading,
    h("p", { class: "muted" }, `A file of ${FILES[report.kind] ?? report.kind}. Nothing is written yet.`),
    h("dl", { class: "import-counts" }, COUNTS.filter(([name]) => report.counts[name]).map(([name, text]) =>
      h("div", {}, h("dt", {}, text), h("dd", {}, report.counts[name].toLocaleString("en"))))),
    desk, sure(report), skipped(report), wrong,
    h("p", { class: "row import-do" }, apply, h("button", { class: "quiet", type: "button", onclick: away }, "Put the file away")));
  return box;
}

function sure({ matched, counts }) {
  if (!matched.length) return null;
  return h("details", {}, h("summary", {}, h("h3", {}, `${count(counts.matched, "row")} whose film is sure`)),
    h("table", { class: "table" },
      h("thead", {}, h("tr", {}, ["In the file", "Film", "Stars", "Because"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, matched.map((row) => h("tr", {}, h("td", {}, titled(row)), h("td", {}, row.film),
        h("td", {}, row.stars ? starText(row.stars) : row.kind), h("td", { class: "muted" }, row.how))))),
    more(matched.length, counts.matched));
}

function skipped({ skipped: rows, counts }) {
  if (!rows.length) return null;
  const reasons = new Map();
  for (const row of rows) reasons.set(row.reason, [...(reasons.get(row.reason) ?? []), row]);
  return h("details", {}, h("summary", {}, h("h3", {}, `${count(counts.skipped, "row")} skipped, and why`)),
    h("ul", { class: "reasons" }, [...reasons].map(([reason, of]) => h("li", {},
      h("b", {}, `${of.length} × ${reason}`), ": ",
      h("span", { class: "muted" }, of.slice(0, 12).map((row) => row.title || `line ${row.line}`).join(", "), of.length > 12 ? " …" : "")))),
    more(rows.length, counts.skipped));
}

function more(shown, all) {
  return shown < all ? h("p", { class: "muted small" }, `The first ${shown} of ${all.toLocaleString("en")}.`) : null;
}

function applied(report, answer, done) {
  const undo = h("button", { class: "quiet", type: "button" }, icon("undo"), "Take this import back");
  const said = h("p", { role: "status" },
    `${count(answer.added, "row")} came in; ${answer.unchanged.toLocaleString("en")} stood already, ${answer.older.toLocaleString("en")} are older than what you said since.`,
    answer.uncertain ? ` ${count(answer.uncertain, "row")} wait for your decision: hand the file in again when you like.` : "");
  undo.addEventListener("click", async () => {
    undo.disabled = true;
    try {
      const { undone } = await api.post(`/me/imports/${encodeURIComponent(answer.batch)}/undo`);
      said.textContent = `${count(undone, "row")} of ${report.name || "the file"} taken back. Everything stands as it was before.`;
      undo.remove();
      store.reset();
    } catch (problem) {
      if (problem.name !== "Problem") throw problem;
      toast(problem.message, { kind: "error" });
      undo.disabled = false;
    }
  });
  return [
    h("h2", { tabindex: "-1" }, "Your films are in"), said,
    h("p", { class: "row" }, h("a", { class: "button", href: "/" }, "See tonight’s list"), undo,
      h("button", { class: "link", type: "button", onclick: done }, "Another file")),
  ];
}
