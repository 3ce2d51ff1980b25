// <film-map>: all films on a canvas, to pan, zoom and open.
//
// Properties: `data` ({points, names}), `mine` (Map of movie id to stars), `lit` (Set of film
// numbers that stand out, or null). Film numbers are positions in the map's file.
// Events: `film-open` {film}, `film-look` {film or -1}, `view-change`.
// Keys on the canvas: arrows move, + and − zoom, 0 shows everything, Escape lets go of a film,
// Page Up and Page Down walk through the films in view, Enter opens the one that is shown.

import { Camera } from "../map/camera.js";
import { Grid } from "../map/grid.js";
import { Names } from "../map/names.js";
import { Painter } from "../map/painter.js";
import { Tip } from "../map/tip.js";
import { calm } from "../dom.js";

const REACH = 7; // CSS pixels around a disc that still mean the film
const STILL_PX = 5; // a pointer that moves less than this clicks
const SETTLED_MS = 140;
const MOST_RATIO = 2;

/** The box around all films: [left, bottom, right, top]. */
function extent({ count, x, y }) {
  if (!count) return [-1, -1, 1, 1];
  const box = [1, 1, -1, -1];
  for (let i = 0; i < count; i++) {
    box[0] = Math.min(box[0], x[i]);
    box[1] = Math.min(box[1], y[i]);
    box[2] = Math.max(box[2], x[i]);
    box[3] = Math.max(box[3], y[i]);
  }
  return box;
}

/** The custom property with a genre's colour: "Sci-Fi" is --map-sci-fi. */
export function genreVariable(genre) {
  return `--map-${genre.toLowerCase().replace(/[^a-z]+/g, "-")}`;
}

export class FilmMap extends HTMLElement {
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d");
  #tip = new Tip();
  #camera = new Camera();
  #points = null;
  #names = null;
  #painter = null;
  #grid = null;
  #written = null;
  #lit = null;
  #mine = new Map();
  #mineFilms = [];
  #look = -1;
  #theme = null;
  #frame = 0;
  #settle = 0;
  #pointers = new Map();
  #untouched = true; // the whole map is shown, also in a window of another size
  #moved = 0;
  #watch = new ResizeObserver(() => this.#resize());
  #leave = null;

  connectedCallback() {
    if (!this.#canvas.isConnected) {
      this.#canvas.tabIndex = 0;
      this.#canvas.setAttribute("role", "application");
      this.#canvas.setAttribute("aria-roledescription", "map");
      this.#canvas.setAttribute("aria-label", this.getAttribute("label") ?? "Map of films");
      this.append(this.#canvas, this.#tip.node);
    }
    this.#leave = new AbortController();
    const { signal } = this.#leave;
    const on = (type, handler, options) =>
      this.#canvas.addEventListener(type, handler, { signal, ...options });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#pointers.delete(event.pointerId));
    on("pointerleave", (event) => event.pointerType === "touch" || this.#pointers.size || this.lookAt(-1));
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("dblclick", (event) => this.#zoomBy(2.2, ...this.#within(event)));
    on("keydown", (event) => this.#key(event));
    this.#watch.observe(this);
    this.#resize();
    this.restyle();
  }

  disconnectedCallback() {
    this.#leave?.abort();
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settle);
    this.#frame = 0;
  }

  set data({ points, names }) {
    this.#points = points;
    this.#names = names;
    this.#painter = new Painter(points);
    this.#grid = new Grid(points.x, points.y);
    this.#written = new Names(points, names);
    this.#camera.extent = extent(points);
    this.mine = this.#mine;
    this.restyle();
    this.#showWhole();
    this.#changed();
  }

  /** Films of one's own: they get a ring. */
  set mine(stars) {
    this.#mine = stars;
    const ids = this.#names?.movie_ids ?? [];
    this.#mineFilms = [];
    if (stars.size) ids.forEach((id, film) => stars.has(String(id)) && this.#mineFilms.push(film));
    this.draw();
  }

  set lit(films) {
    this.#lit = null;
    if (films) {
      this.#lit = new Uint8Array(this.#points.count);
      for (const film of films) this.#lit[film] = 1;
    }
    this.#written?.renew();
    this.lookAt(-1);
    this.draw();
  }

  get zoom() {
    return this.#camera.zoom;
  }

  /** Reads the colours again: after a change between light and dark. */
  restyle() {
    if (!this.#points || !this.isConnected) return;
    const read = (name) => this.#colour(name);
    this.#theme = {
      ink: read("--map-ink"),
      quiet: read("--map-quiet"),
      ground: read("--map-ground"),
      mine: read("--map-mine"),
      font: getComputedStyle(this).getPropertyValue("--map-font").trim() || "sans-serif",
    };
    this.#painter.theme = {
      colours: this.#names.genres.map((name) => this.#colour(genreVariable(name))),
      none: read("--map-none"),
      dim: read("--map-dim"),
      rim: this.#theme.ground,
      glow: Number(getComputedStyle(this).getPropertyValue("--map-glow") || 0),
    };
    this.#written.renew({ measure: true });
    this.draw();
  }

  /** A custom property as a colour that a canvas understands: of the light or the dark theme. */
  #colour(name) {
    this.#tip.node.style.setProperty("outline-color", `var(${name}, var(--map-none))`);
    return getComputedStyle(this.#tip.node).outlineColor;
  }

  /** Shows a film closer, in the middle. */
  flyTo(film, zoom = Math.max(9, this.#camera.zoom)) {
    const { x, y } = this.#points;
    this.#untouched = false;
    this.#camera.flyTo(x[film], y[film], zoom, { still: calm() });
    this.lookAt(film);
    this.#changed();
  }

  /** The whole map. */
  fit() {
    const { x, y, zoom } = this.#camera.whole;
    this.#camera.flyTo(x, y, zoom, { still: calm() });
    this.#untouched = true;
    this.#changed();
  }

  zoomBy(factor) {
    this.#zoomBy(factor, this.#camera.width / 2, this.#camera.height / 2);
  }

  /** Films in view, the best known first; at most `limit` are listed, all are counted. */
  inView(limit = 30) {
    if (!this.#points) return { count: 0, films: [] };
    const [left, bottom, right, top] = this.#camera.bounds();
    const { count, x, y } = this.#points;
    const films = [];
    let inside = 0;
    for (let i = 0; i < count; i++) {
      if (x[i] < left || x[i] > right || y[i] < bottom || y[i] > top) continue;
      if (this.#lit && !this.#lit[i]) continue;
      inside++;
      if (films.length < limit) films.push(i);
    }
    return { count: inside, films };
  }

  /** Marks a film and shows what it is; -1 for none. */
  lookAt(film) {
    if (film === this.#look) return;
    this.#look = film;
    this.#canvas.classList.toggle("on-film", film >= 0);
    this.#tell();
    this.draw();
    this.dispatchEvent(new CustomEvent("film-look", { detail: { film } }));
  }

  /** Draws with the next frame. */
  draw() {
    if (this.#points && this.isConnected) this.#frame ||= requestAnimationFrame((now) => this.#paint(now));
  }

  #paint(now) {
    this.#frame = 0;
    const camera = this.#camera;
    const flying = camera.step(now);
    const ratio = this.#ratio;
    const context = this.#context;
    this.#painter.draw(context, camera, ratio, this.#lit);
    for (const film of this.#mineFilms) {
      if (this.#lit && !this.#lit[film]) continue;
      this.#painter.ring(context, camera, ratio, film, this.#theme.mine, 1.5, 2);
    }
    context.save();
    context.scale(ratio, ratio);
    const radius = (film) => this.#painter.radius(film, camera);
    this.#written.draw(context, camera, this.#theme, radius, this.#lit, now);
    context.restore();
    if (this.#look >= 0) {
      this.#painter.ring(context, camera, ratio, this.#look, this.#theme.ink, 4, 2);
      this.#tell();
    }
    if (flying) this.#changed();
  }

  get #ratio() {
    return Math.min(MOST_RATIO, devicePixelRatio || 1);
  }

  #resize() {
    const { clientWidth, clientHeight } = this;
    if (!clientWidth || !clientHeight) return;
    this.#camera.resize(clientWidth, clientHeight);
    this.#canvas.width = Math.round(clientWidth * this.#ratio);
    this.#canvas.height = Math.round(clientHeight * this.#ratio);
    this.#written?.renew();
    if (this.#untouched) this.#showWhole();
    this.#changed();
  }

  #showWhole() {
    const { x, y, zoom } = this.#camera.whole;
    this.#camera.flyTo(x, y, zoom, { still: true });
  }

  #changed() {
    this.draw();
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      this.#written?.renew();
      this.draw();
      this.dispatchEvent(new CustomEvent("view-change"));
    }, SETTLED_MS);
  }

  #zoomBy(factor, x, y) {
    this.#untouched = false;
    this.#camera.zoomAt(x, y, factor);
    this.#changed();
  }

  #within(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #filmAt(px, py, reach = REACH) {
    const camera = this.#camera;
    const [x, y] = camera.toMap(px, py);
    const { scale } = camera;
    const radius = (film) => this.#painter.radius(film, camera) / scale;
    const allowed = (film) => !this.#lit || this.#lit[film] === 1;
    return this.#grid.nearest(x, y, reach / scale, this.#painter.largest / scale, radius, allowed);
  }

  #down(event) {
    if (event.button > 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#within(event));
    if (this.#pointers.size === 1) this.#moved = 0;
  }

  #move(event) {
    if (!this.#points) return;
    const [x, y] = this.#within(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.lookAt(this.#filmAt(x, y));
      return;
    }
    this.#moved += Math.hypot(x - before[0], y - before[1]);
    if (this.#moved > STILL_PX) this.#untouched = false;
    if (this.#pointers.size === 2) {
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)[1];
      const was = Math.hypot(before[0] - other[0], before[1] - other[1]);
      const is = Math.hypot(x - other[0], y - other[1]);
      if (was > 0 && is > 0) this.#camera.zoomAt((x + other[0]) / 2, (y + other[1]) / 2, is / was);
      this.#camera.pan((x - before[0]) / 2, (y - before[1]) / 2);
    } else if (this.#moved > STILL_PX) {
      this.#camera.pan(x - before[0], y - before[1]);
      this.#canvas.classList.add("dragging");
    }
    this.#pointers.set(event.pointerId, [x, y]);
    this.#changed();
  }

  #up(event) {
    const pressed = this.#pointers.delete(event.pointerId);
    this.#canvas.classList.remove("dragging");
    if (!pressed || this.#moved > STILL_PX || !this.#points) return;
    const touch = event.pointerType === "touch";
    const film = this.#filmAt(...this.#within(event), touch ? 3 * REACH : REACH);
    // A finger has no hovering: the first touch shows a film, the second opens it.
    if (film >= 0 && (!touch || film === this.#look)) this.#open(film);
    else this.lookAt(film);
  }

  #wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0022;
    const step = Math.max(-120, Math.min(120, event.deltaY * lines));
    this.#zoomBy(Math.exp(-step * speed), ...this.#within(event));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.#points) return;
    const step = event.shiftKey ? 240 : 80;
    const moves = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    if (moves[event.key]) {
      this.#untouched = false;
      this.#camera.pan(...moves[event.key]);
    } else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-" || event.key === "_") this.zoomBy(1 / 1.5);
    else if (event.key === "0" || event.key === "Home") this.fit();
    else if (event.key === "PageDown" || event.key === "PageUp") this.#walk(event.key === "PageDown" ? 1 : -1);
    else if (event.key === "Enter" && this.#look >= 0) this.#open(this.#look);
    else if (event.key === "Escape" && this.#look >= 0) this.lookAt(-1);
    else return;
    event.preventDefault();
    this.#changed();
  }

  #walk(step) {
    const { films } = this.inView(200);
    if (!films.length) return;
    const place = films.indexOf(this.#look);
    this.lookAt(films[place < 0 ? 0 : (place + step + films.length) % films.length]);
  }

  #open(film) {
    this.dispatchEvent(new CustomEvent("film-open", { detail: { film } }));
  }

  #tell() {
    const film = this.#look;
    const { x, y, years, genres, ratings, means } = this.#points;
    if (film < 0) {
      this.#tip.show(film);
      return;
    }
    this.#tip.show(film, {
      title: this.#names.titles[film],
      year: years[film],
      genre: this.#names.genres[genres[film]],
      mean: means[film],
      ratings: ratings[film],
      own: this.#mine.get(String(this.#names.movie_ids[film])),
    });
    const camera = this.#camera;
    const gap = this.#painter.radius(film, camera) + 12;
    this.#tip.moveTo(...camera.toScreen(x[film], y[film]), gap, camera.width);
  }
}

customElements.define("film-map", FilmMap);
