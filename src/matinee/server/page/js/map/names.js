// Writes the names on the map: regions while it is whole, films as far as there is room.

import { Labels, meet } from "./labels.js";
import { regions } from "./regions.js";

const EVERY_MS = 90; // at most, while the map zooms
const REGIONS_UNTIL = 3.2; // zoom
const LINE = 15; // CSS pixels
const KNOWN = 0.3; // of the best known film's ratings, to be named on the whole map

export class Names {
  #points;
  #labels;
  #regions;
  #placed = [];
  #placedFor = null;

  constructor(points, { titles, genres }) {
    this.#points = points;
    this.#labels = new Labels(titles);
    this.#regions = regions(points, genres);
  }

  /** Chooses anew with the next frame; `measure` also measures anew, for another font. */
  renew({ measure = false } = {}) {
    if (measure) this.#labels.forget();
    this.#placedFor = null;
  }

  /**
   * @param {CanvasRenderingContext2D} context in CSS pixels
   * @param {{ink: string, quiet: string, ground: string, font: string}} theme
   * @param {(film: number) => number} radius of a film's disc in CSS pixels
   * @param {Uint8Array | null} lit films that stand out
   */
  draw(context, camera, theme, radius, lit, now) {
    const { ink, quiet, ground, font } = theme;
    context.lineJoin = "round";
    context.font = `600 ${camera.width < 600 ? 15 : 19}px ${font}`;
    context.letterSpacing = "0.14em";
    const taken = [];
    for (const region of lit || camera.zoom > REGIONS_UNTIL ? [] : this.#regions) {
      const [x, y] = camera.toScreen(region.x, region.y);
      const text = region.name.toUpperCase();
      const half = context.measureText(text).width / 2;
      const box = [x - half, y - 14, x + half, y + 14];
      if (taken.some((other) => meet(box, other))) continue;
      taken.push(box);
      outlined(context, text, x - half, y + 7, quiet, ground, 5);
    }
    context.letterSpacing = "0px";
    context.font = `500 13px ${font}`;
    this.#choose(context, camera, radius, lit, taken, now);
    for (const { film, text, dx, dy } of this.#placed) {
      const [x, y] = camera.toScreen(this.#points.x[film], this.#points.y[film]);
      outlined(context, text, x + dx, y + dy, ink, ground, 3.5);
    }
  }

  /** Only when the view has changed enough; in between, names move with their films. */
  #choose(context, camera, radius, lit, taken, now) {
    const before = this.#placedFor;
    const apart = before && Math.hypot(camera.x - before.x, camera.y - before.y) * camera.scale;
    const same = before && before.zoom === camera.zoom && apart < camera.width / 5;
    if (same || (before && now - before.now < EVERY_MS)) return;
    this.#placedFor = { x: camera.x, y: camera.y, zoom: camera.zoom, now };
    const { x, y } = this.#points;
    const at = (film) => [...camera.toScreen(x[film], y[film]), radius(film)];
    this.#placed = this.#labels.place(this.#near(camera, lit), at, context, LINE, taken);
  }

  /** Films that may carry a name: in or near the view, the best known first. */
  *#near(camera, lit) {
    const [left, bottom, right, top] = camera.bounds(160);
    const { count, x, y, ratings } = this.#points;
    const least = lit || !count ? 0 : (ratings[0] * KNOWN) / camera.zoom ** 2;
    for (let i = 0; i < count && ratings[i] >= least; i++) {
      if (lit && !lit[i]) continue;
      if (x[i] > left && x[i] < right && y[i] > bottom && y[i] < top) yield i;
    }
  }
}

function outlined(context, text, x, y, ink, ground, width) {
  context.lineWidth = width;
  context.strokeStyle = ground;
  context.strokeText(text, x, y);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}
