// <star-rating>: half a star to five, a slider for keyboards and screen readers.
//
//   value     number or null (property), also the attribute `value`
//   label     what is rated, for screen readers (attribute)
//   commit="enter"   arrow keys only move; Enter or Space says "this many"
//
// Event "rate" with {stars: number | null}. Arrows step by a half, Home and End go to the ends,
// digits 1–5 set whole stars (with Shift a half less), 0 and Delete take the stars away.

import { announce, h, starText, svg } from "../dom.js";

const STAR = "M12 1.8l3.1 6.6 7.2.9-5.3 5 1.4 7.1-6.4-3.5-6.4 3.5 1.4-7.1-5.3-5 7.2-.9z";
const CLEARS = new Set(["0", "Delete", "Backspace"]);

class StarRating extends HTMLElement {
  static observedAttributes = ["label", "disabled"];
  #value = null;
  #shown = null;
  #timer = 0;

  get value() {
    return this.#value;
  }

  set value(stars) {
    this.#value = stars ?? null;
    this.#draw(this.#value);
  }

  connectedCallback() {
    if (!this.firstChild) {
      const row = (name) => svg("svg", { class: name, viewBox: "0 0 120 24", "aria-hidden": "true" },
        [0, 1, 2, 3, 4].map((i) => svg("path", { d: STAR, transform: `translate(${i * 24} 0)` })));
      this.append(row("stars-off"), h("span", { class: "stars-clip" }, row("stars-on")));
    }
    if (this.hasAttribute("value") && this.#value === null) this.#value = Number(this.getAttribute("value")) || null;
    this.tabIndex = 0;
    this.setAttribute("role", "slider");
    this.setAttribute("aria-valuemin", "0");
    this.setAttribute("aria-valuemax", "5");
    this.#draw(this.#value);
    this.onpointermove = (event) => this.#draw(this.#at(event));
    this.onpointerleave = () => this.#draw(this.#value);
    this.onclick = (event) => {
      // A second click on the same stars takes them away.
      const stars = this.#at(event);
      this.#commit(stars === this.#value ? null : stars);
    };
    this.onkeydown = (event) => this.#key(event);
    this.onblur = () => this.#flush();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  attributeChangedCallback() {
    this.#draw(this.#value);
  }

  #at(event) {
    const { left, width } = this.getBoundingClientRect();
    const stars = Math.ceil(((event.clientX - left) / width) * 10) / 2;
    return Math.min(5, Math.max(0.5, stars));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = this.#shown ?? 0;
    const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code)?.[1];
    let next;
    if (event.key === "ArrowRight" || event.key === "ArrowUp") next = Math.min(5, now + 0.5);
    else if (event.key === "ArrowLeft" || event.key === "ArrowDown") next = Math.max(0, now - 0.5);
    else if (event.key === "Home") next = 0.5;
    else if (event.key === "End") next = 5;
    else if (CLEARS.has(event.key)) {
      event.preventDefault();
      this.#commit(null);
      return;
    } else if (digit) {
      event.preventDefault();
      event.stopPropagation();
      this.#commit(Number(digit) - (event.shiftKey ? 0.5 : 0));
      return;
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#flush(true);
      return;
    } else return;
    event.preventDefault();
    clearTimeout(this.#timer);
    this.#draw(next || null);
    // Several steps are one rating.
    if (this.getAttribute("commit") !== "enter") this.#timer = setTimeout(() => this.#flush(true), 600);
  }

  #flush(sure = false) {
    clearTimeout(this.#timer);
    if (this.#shown === this.#value) return;
    if (sure || this.getAttribute("commit") !== "enter") this.#commit(this.#shown);
    else this.#draw(this.#value);
  }

  #commit(stars) {
    clearTimeout(this.#timer);
    if (stars === this.#value) {
      this.#draw(stars);
      return;
    }
    this.value = stars;
    announce(stars ? `${starText(stars)} stars` : "No stars");
    this.dispatchEvent(new CustomEvent("rate", { detail: { stars }, bubbles: true }));
  }

  #draw(stars) {
    this.#shown = stars;
    this.style.setProperty("--fill", `${((stars ?? 0) / 5) * 100}%`);
    this.setAttribute("aria-label", this.getAttribute("label") ?? "Your stars");
    this.setAttribute("aria-valuenow", String(stars ?? 0));
    this.setAttribute("aria-valuetext", stars ? `${starText(stars)} of 5 stars` : "not rated");
  }
}

customElements.define("star-rating", StarRating);
