// <film-search label placeholder>: find a film while typing (the ARIA combobox pattern).
// Event "choose" with the film as detail. `clear()` empties it, `focusInput()` goes there.

import { api } from "../api.js";
import { debounce, h, icon } from "../dom.js";

let made = 0;

class FilmSearch extends HTMLElement {
  connectedCallback() {
    if (this.input) return;
    const id = `film-search-${++made}`;
    const label = this.getAttribute("label") ?? "Find a film";
    this.list = h("ul", { class: "search-list", id: `${id}-list`, role: "listbox", "aria-label": "Films found" });
    this.list.hidden = true;
    this.input = h("input", {
      class: "search-input", id, type: "search", role: "combobox", autocomplete: "off", spellcheck: "false",
      placeholder: this.getAttribute("placeholder") ?? "", "aria-label": label, maxlength: "200",
      "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list",
    });
    this.status = h("div", { class: "sr-only", role: "status" });
    this.append(h("div", { class: "search-box" }, icon("search"), this.input,
      this.hasAttribute("slash") || this.id === "search" ? h("kbd", { "aria-hidden": "true" }, "/") : null),
      this.list, this.status);
    this.films = [];
    this.at = -1;
    const ask = debounce(() => this.#ask(), 60);
    this.input.addEventListener("input", ask);
    this.input.addEventListener("focus", () => (this.films.length && this.input.value ? this.#open() : this.#ask()));
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focusout", (event) => this.contains(event.relatedTarget) || this.#close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#choose(Number(option.dataset.at));
    });
  }

  focusInput() {
    this.input.focus();
    this.input.select();
  }

  clear() {
    this.input.value = "";
    this.films = [];
    this.#close();
  }

  async #ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    const q = this.input.value.trim();
    if (!q) {
      this.films = [];
      this.#close();
      return;
    }
    try {
      const { items } = await api.get("/films", { q, limit: 8 }, { signal: this.asking.signal });
      this.films = items;
      this.at = items.length ? 0 : -1;
      this.#draw();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.films = [];
      this.#draw(problem.message);
    }
  }

  #draw(trouble = null) {
    const says = trouble ?? (this.films.length ? null : "No film of that name.");
    this.list.replaceChildren(...this.films.map((film, i) =>
      h("li", { class: "search-option", role: "option", id: `${this.input.id}-${i}`, dataset: { at: i },
        "aria-selected": String(i === this.at) },
      h("span", { class: "search-title" }, film.title),
      h("span", { class: "search-year" }, film.year ?? ""))));
    if (says) this.list.append(h("li", { class: "search-none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, says));
    this.status.textContent = says ?? `${this.films.length} films found.`;
    if (this.contains(document.activeElement)) this.#open();
    this.#mark();
  }

  #open() {
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  #close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #mark() {
    [...this.list.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === this.at)));
    if (this.at >= 0) this.input.setAttribute("aria-activedescendant", `${this.input.id}-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
    this.list.children[this.at]?.scrollIntoView?.({ block: "nearest" });
  }

  #key(event) {
    const n = this.films.length;
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!n) return;
      if (!open) this.#open();
      else this.at = (this.at + (event.key === "ArrowDown" ? 1 : n - 1)) % n;
      this.#mark();
    } else if (event.key === "Enter") {
      if (open && this.at >= 0) {
        event.preventDefault();
        this.#choose(this.at);
      }
    } else if (event.key === "Escape") {
      if (open) event.preventDefault();
      if (open) this.#close();
      else this.clear();
    }
  }

  #choose(at) {
    const film = this.films[at];
    if (!film) return;
    this.clear();
    this.dispatchEvent(new CustomEvent("choose", { detail: film, bubbles: true }));
  }
}

customElements.define("film-search", FilmSearch);
