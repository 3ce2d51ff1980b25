// My data in and out: bringing films along from elsewhere, taking them away, deleting everything.

import { api } from "../api.js";
import { announce, count, h, icon } from "../dom.js";
import { fill } from "../elements/filling.js";
import { toast } from "../elements/toast.js";
import { store } from "../store.js";
import { showReport } from "./report.js";

const MOST_BYTES = 20 * 2 ** 20;
const PHRASE = "delete everything";
const SOURCES = [
  ["Letterboxd", "Settings → Data → Export your data: the zip file as it is, or one of its CSV files."],
  ["IMDb", "Your ratings → ⋯ → Export: the CSV file."],
  ["Trakt", "The JSON file of your rated films."],
  ["Matinee", "An export of this page or of “matinee export”, CSV or JSON."],
];

export function moving(panel, signal) {
  const importing = h("div", {});
  const home = (wrong = null) => fill(importing, signal, async () => {
    const { items } = await api.get("/me/imports", {}, { signal });
    return dropZone(items, open, send, wrong);
  });
  const open = (id) => fill(importing, signal, async () =>
    showReport(await api.get(`/me/imports/${encodeURIComponent(id)}`, {}, { signal }), () => home()));
  const send = (file) => {
    if (file.size > MOST_BYTES) {
      return home(`${file.name} has more than 20 MB. An export of films is far smaller: is it the right file?`);
    }
    const form = new FormData();
    form.append("file", file);
    announce(`Reading ${file.name}`);
    return fill(importing, signal, async () => {
      try {
        return showReport(await api.post("/me/imports", form, { signal }), () => home());
      } catch (problem) {
        // The file is at fault, so trying it again would not help.
        if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
          const { items } = await api.get("/me/imports", {}, { signal });
          return dropZone(items, open, send, `${file.name}: ${problem.message}`);
        }
        throw problem;
      }
    });
  };
  panel.replaceChildren(h("div", { class: "moving" },
    h("section", { class: "stack", "aria-label": "Bring films along" }, importing),
    h("section", { class: "stack" }, h("h2", {}, "Take them along"),
      h("p", {}, "Everything you said of films, as a file that Matinee reads again. JSON has the history too; CSV is for a spreadsheet."),
      h("p", { class: "row" }, download("json"), download("csv"))),
    h("section", { class: "stack" }, h("h2", {}, "Delete everything"),
      h("p", {}, "Ratings, marks, history and decisions about imports, for good. Export them first if you may want them back."),
      h("p", {}, h("button", { class: "danger", type: "button", onclick: () => ask(() => home()) }, icon("trash"), "Delete everything …")))));
  return home();
}

function download(format) {
  return h("a", { class: "quiet", href: `/api/v1/me/export?format=${format}`, download: "" }, icon("out"), `Export ${format.toUpperCase()}`);
}

function dropZone(pending, open, send, wrong) {
  const input = h("input", { type: "file", class: "sr-only", id: "import-file", accept: ".zip,.csv,.json,.txt" });
  input.addEventListener("change", () => input.files[0] && send(input.files[0]));
  const zone = h("div", { class: "drop" },
    h("p", { class: "drop-word" }, "Drop a file here"),
    h("p", {}, input, h("label", { class: "button", for: "import-file" }, "Choose a file")),
    h("p", { class: "small muted" }, "It is only looked at first: nothing is written before you say so."));
  const over = (on) => (event) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  zone.addEventListener("dragenter", over(true));
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    const [file] = event.dataTransfer.files;
    if (file) send(file);
  });
  return [
    h("h2", {}, "Bring films along"),
    wrong ? h("p", { class: "drop-wrong", role: "alert" }, wrong) : null,
    pending.length ? h("ul", { class: "pending" }, pending.map((one) => h("li", { class: "row" },
      h("b", {}, one.name || "A file"), h("span", { class: "muted" }, "is read, but not taken over yet."),
      h("button", { class: "link", type: "button", onclick: () => open(one.import_id) }, "Go on")))) : null,
    zone,
    h("details", { class: "sources" }, h("summary", {}, "Where do I get such a file?"),
      h("dl", {}, SOURCES.map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]))),
  ].filter(Boolean);
}

function ask(home) {
  const field = h("input", { class: "input", id: "delete-phrase", autocomplete: "off", spellcheck: "false" });
  const really = h("button", { class: "danger", type: "submit", disabled: true }, "Delete everything");
  const wrong = h("p", { class: "field-error", role: "alert" });
  const dialog = h("dialog", { "aria-labelledby": "delete-title" },
    h("form", { class: "stack", onsubmit: async (event) => {
      event.preventDefault();
      really.disabled = true;
      try {
        const { deleted } = await api.delete("/me/data", { confirm: PHRASE });
        dialog.close();
        store.reset();
        toast(`Deleted: ${count(deleted.ratings, "rating")}, ${count(deleted.seen + deleted.watchlist + deleted.not_interested, "mark")}, ${count(deleted.events, "line")} of history.`);
        home();
      } catch (problem) {
        if (problem.name !== "Problem") throw problem;
        wrong.textContent = problem.message;
        really.disabled = false;
      }
    } },
    h("h2", { id: "delete-title" }, "Delete everything?"),
    h("p", {}, "All that you said of films goes, for good. There is no undo."),
    h("div", { class: "field" }, h("label", { for: "delete-phrase" }, `Type “${PHRASE}”`), field),
    wrong,
    h("p", { class: "row" }, really, h("button", { class: "quiet", type: "button", onclick: () => dialog.close() }, "Keep my films"))));
  field.addEventListener("input", () => (really.disabled = field.value.trim().toLowerCase() !== PHRASE));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  field.focus();
}
