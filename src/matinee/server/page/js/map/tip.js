// What a film is, beside its place on the map.

import { count, decimal, h, starText } from "../dom.js";

const EDGE = 8;

export class Tip {
  node = h("div", { class: "map-tip" });
  #film = -1;

  constructor() {
    this.node.hidden = true;
  }

  /** @param {{title: string, year: number, genre: ?string, mean: number, ratings: number, own: ?number}} about */
  show(film, about) {
    if (film === this.#film) return;
    this.#film = film;
    this.node.hidden = film < 0;
    if (film < 0) return;
    const { title, year, genre, mean, ratings, own } = about;
    this.node.replaceChildren(
      h("span", { class: "map-tip-title" }, title),
      h("span", { class: "map-tip-facts" }, [year || null, genre].filter(Boolean).join(" · ")),
      h("span", { class: "map-tip-facts" }, ratings ? `★ ${decimal(mean)} from ${count(ratings, "rating")}` : "No ratings"),
      own ? h("span", { class: "map-tip-mine" }, `You gave it ${starText(own)} ★`) : "",
    );
  }

  /** Above (x, y), or below where there is no room; inside a frame of this width. */
  moveTo(x, y, gap, frame) {
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const left = Math.max(EDGE, Math.min(frame - width - EDGE, x - width / 2));
    const above = y - gap - height;
    this.node.style.setProperty("translate", `${left}px ${above < EDGE ? y + gap : above}px`);
  }
}
