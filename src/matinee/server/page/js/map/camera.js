// Which part of the map the canvas shows. Lengths are CSS pixels, the map goes from -1 to 1.

const MARGIN = 0.06; // of the map, kept free around it
const DEEPEST = 400;
const GLIDE_MS = 420;

export class Camera {
  width = 1;
  height = 1;
  x = 0;
  y = 0;
  zoom = 1;
  /** What there is to show: [left, bottom, right, top] in units of the map. */
  extent = [-1, -1, 1, 1];
  #flight = null;

  /** Pixels for one unit of the map. */
  get scale() {
    return (this.zoom * Math.min(this.width, this.height)) / (2 + 2 * MARGIN);
  }

  /** Middle and zoom that show the whole extent. */
  get whole() {
    const [left, bottom, right, top] = this.extent;
    const unit = this.scale / this.zoom;
    const wide = (right - left) * (1 + MARGIN) * unit;
    const high = (top - bottom) * (1 + MARGIN) * unit;
    const zoom = Math.min(this.width / Math.max(wide, 1), this.height / Math.max(high, 1));
    return { x: (left + right) / 2, y: (bottom + top) / 2, zoom: clampZoom(Math.min(zoom, 2)) };
  }

  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.#stay();
  }

  toScreen(x, y) {
    const { scale } = this;
    return [this.width / 2 + (x - this.x) * scale, this.height / 2 - (y - this.y) * scale];
  }

  toMap(px, py) {
    const { scale } = this;
    return [this.x + (px - this.width / 2) / scale, this.y - (py - this.height / 2) / scale];
  }

  /** What is visible: [left, bottom, right, top] in units of the map. */
  bounds(extra = 0) {
    const w = (this.width / 2 + extra) / this.scale;
    const h = (this.height / 2 + extra) / this.scale;
    return [this.x - w, this.y - h, this.x + w, this.y + h];
  }

  pan(dx, dy) {
    this.#flight = null;
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.#stay();
  }

  /** Zooms so that what is under (px, py) stays under it. */
  zoomAt(px, py, factor) {
    this.#flight = null;
    const [x, y] = this.toMap(px, py);
    this.zoom = clampZoom(this.zoom * factor);
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y + (py - this.height / 2) / this.scale;
    this.#stay();
  }

  /** Glides to a place; at once where motion is not wanted. */
  flyTo(x, y, zoom, { still = false } = {}) {
    const goal = { x, y, zoom: clampZoom(zoom) };
    if (still) {
      Object.assign(this, goal);
      this.#flight = null;
      this.#stay();
      return;
    }
    this.#flight = { from: { x: this.x, y: this.y, zoom: this.zoom }, goal, start: null };
  }

  get flying() {
    return this.#flight !== null;
  }

  /** Moves along a flight; true while it goes on. */
  step(now) {
    const flight = this.#flight;
    if (!flight) return false;
    flight.start ??= now;
    const t = Math.min(1, (now - flight.start) / GLIDE_MS);
    const eased = 1 - (1 - t) ** 3;
    const { from, goal } = flight;
    this.zoom = from.zoom * (goal.zoom / from.zoom) ** eased;
    this.x = from.x + (goal.x - from.x) * eased;
    this.y = from.y + (goal.y - from.y) * eased;
    this.#stay();
    if (t >= 1) this.#flight = null;
    return this.#flight !== null;
  }

  #stay() {
    this.x = Math.max(-1, Math.min(1, this.x));
    this.y = Math.max(-1, Math.min(1, this.y));
  }
}

function clampZoom(zoom) {
  return Math.max(0.8, Math.min(DEEPEST, zoom));
}
