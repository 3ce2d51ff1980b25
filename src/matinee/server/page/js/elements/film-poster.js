// <film-poster>: the film's picture. With posters of TMDB switched on it shows those, and the
// drawn one where there is none or it does not come. Set `.film`.

import { h } from "../dom.js";
import { poster } from "../poster/poster.js";

class FilmPoster extends HTMLElement {
  #film = null;

  set film(film) {
    this.#film = film;
    if (this.isConnected) this.#draw();
  }

  get film() {
    return this.#film;
  }

  connectedCallback() {
    if (this.#film && !this.firstChild) this.#draw();
  }

  #draw() {
    const film = this.#film;
    if (!film.poster) {
      this.#paint();
      return;
    }
    // The name of the film stands beside every poster, as text.
    const image = h("img", { class: "poster", src: film.poster, alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => this.#paint());
    this.replaceChildren(image);
  }

  // The frame takes the ground's colour: a frame taller than the sheet then shows no edge.
  #paint() {
    const sheet = poster(this.#film);
    this.style.setProperty("background", sheet.firstChild.getAttribute("fill"));
    this.replaceChildren(sheet);
  }
}

customElements.define("film-poster", FilmPoster);
