// Draws films on a canvas: 100,000 of them in a few milliseconds, without a graphics card.
//
// Films that are smaller than a few pixels are dust: their pixels are written straight into an
// image. Only the larger ones, at most MOST_SPRITES, are drawn as discs, from pictures of discs
// that are made once for each colour and size.

import { NO_GENRE } from "./points.js";

const MOST_SPRITES = 3000;
const SPRITE_FROM = 2.1; // radius in device pixels
const LARGEST = 24; // CSS pixels
const GROWTH = 0.42; // of radii with the zoom: far slower than distances
const DIM = 254; // the colour of films that do not stand out
const DIM_DISCS_FROM = 3; // zoom: before, such films are only dust

export class Painter {
  #points;
  #base;
  #theme = null;
  #sprites = new Map();
  #image = null;
  #pixels = null;
  #drawn = new Uint32Array(MOST_SPRITES);
  #at = new Float32Array(2 * MOST_SPRITES);

  constructor(points) {
    this.#points = points;
    const most = Math.max(1, points.count ? points.ratings[0] : 1);
    this.#base = Float32Array.from(points.ratings, (n) => 0.5 + 5.5 * Math.sqrt(n / most));
  }

  /**
   * @param {{colours: string[], none: string, dim: string, rim: string, mine: string,
   *   glow: number}} theme one colour for each genre, as rgb(…)
   */
  set theme(theme) {
    this.#theme = {
      ...theme,
      packed: [...theme.colours, theme.none].map((colour) => packed(colour, 0.62)),
      dimmed: packed(theme.dim, 0.3),
    };
    this.#sprites.clear();
  }

  /** Radius of a film's disc, in CSS pixels. */
  radius(film, camera) {
    return Math.min(LARGEST, this.#base[film] * growth(camera));
  }

  get largest() {
    return LARGEST;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Camera} camera
   * @param {number} ratio device pixels for one CSS pixel
   * @param {Uint8Array | null} lit 1 for the films that stand out; null where all do
   */
  draw(context, camera, ratio, lit) {
    const { width, height } = context.canvas;
    this.#prepare(context, width, height);
    const pixels = this.#pixels;
    const { x, y, genres, count } = this.#points;
    const base = this.#base;
    const { packed: colours, dimmed } = this.#theme;
    const last = colours.length - 1;
    const scale = camera.scale * ratio;
    const left = width / 2 - camera.x * scale;
    const top = height / 2 + camera.y * scale;
    const size = ratio * growth(camera);
    const dimDiscs = camera.zoom >= DIM_DISCS_FROM;
    const margin = LARGEST * ratio;
    let discs = 0;
    for (let i = 0; i < count; i++) {
      const px = left + x[i] * scale;
      if (px < -margin || px > width + margin) continue;
      const py = top - y[i] * scale;
      if (py < -margin || py > height + margin) continue;
      const radius = base[i] * size;
      const dark = lit !== null && lit[i] === 0;
      if ((!dark || dimDiscs) && radius >= SPRITE_FROM && discs < MOST_SPRITES) {
        this.#drawn[discs] = i;
        this.#at[2 * discs] = px;
        this.#at[2 * discs + 1] = py;
        discs++;
        continue;
      }
      const colour = dark ? dimmed : colours[Math.min(genres[i], last)];
      const side = radius < 0.9 ? 1 : radius < 1.7 || dark ? 2 : 3;
      const x0 = Math.round(px) - (side >> 1);
      const y0 = Math.round(py) - (side >> 1);
      for (let v = Math.max(0, y0); v < Math.min(height, y0 + side); v++) {
        for (let u = Math.max(0, x0); u < Math.min(width, x0 + side); u++) {
          const k = v * width + u;
          pixels[k] = pixels[k] === 0 ? colour : mixed(pixels[k], colour);
        }
      }
    }
    context.putImageData(this.#image, 0, 0);
    const whole = discs > 1200; // whole pixels are drawn faster
    for (let d = 0; d < discs; d++) {
      const film = this.#drawn[d];
      const colour = lit !== null && lit[film] === 0 ? DIM : genres[film];
      const sprite = this.#sprite(colour, base[film] * size, ratio);
      const px = this.#at[2 * d] - sprite.width / 2;
      const py = this.#at[2 * d + 1] - sprite.width / 2;
      context.drawImage(sprite, whole ? Math.round(px) : px, whole ? Math.round(py) : py);
    }
  }

  /** A ring around a film. */
  ring(context, camera, ratio, film, colour, gap, thick) {
    const { x, y } = this.#points;
    const [px, py] = camera.toScreen(x[film], y[film]);
    context.beginPath();
    const radius = (this.radius(film, camera) + gap) * ratio;
    context.arc(px * ratio, py * ratio, radius, 0, 2 * Math.PI);
    context.lineWidth = thick * ratio;
    context.strokeStyle = colour;
    context.stroke();
  }

  #prepare(context, width, height) {
    if (this.#image?.width === width && this.#image.height === height) {
      this.#pixels.fill(0);
      return;
    }
    this.#image = context.createImageData(width, height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  #sprite(genre, radius, ratio) {
    const size = Math.min(Math.round(2 * radius), Math.round(2 * LARGEST * ratio));
    const key = size * 256 + genre;
    let sprite = this.#sprites.get(key);
    if (!sprite) {
      const { colours, none, dim, rim, glow } = this.#theme;
      const colour = genre === DIM ? dim : genre === NO_GENRE ? none : (colours[genre] ?? none);
      sprite = disc(size / 2, colour, rim, genre === DIM ? 0 : glow);
      this.#sprites.set(key, sprite);
    }
    return sprite;
  }
}

/** How much larger discs are than on the whole map of a large window. */
function growth(camera) {
  const window = Math.min(camera.width, camera.height) / 760;
  return camera.zoom ** GROWTH * Math.max(0.6, Math.min(1.15, window));
}

function disc(radius, colour, rim, glow) {
  const reach = Math.ceil(radius * (1 + glow)) + 1;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * reach;
  const context = canvas.getContext("2d");
  context.translate(reach, reach);
  if (glow > 0) {
    const light = context.createRadialGradient(0, 0, radius * 0.6, 0, 0, reach);
    light.addColorStop(0, colour);
    light.addColorStop(1, colour.replace("rgb(", "rgba(").replace(")", ", 0)"));
    context.globalAlpha = 0.32;
    context.fillStyle = light;
    context.fillRect(-reach, -reach, 2 * reach, 2 * reach);
    context.globalAlpha = 1;
  }
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  if (radius > 3) {
    context.lineWidth = 1;
    context.strokeStyle = rim;
    context.stroke();
  }
  return canvas;
}

/** Any CSS colour as one number for a pixel of an image, alpha in the highest byte. */
function packed(colour, alpha) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Two films on one pixel: the middle of their colours, and more of it. */
function mixed(under, over) {
  const colour = ((under & 0xfefefe) >>> 1) + ((over & 0xfefefe) >>> 1);
  const alpha = Math.min(255, (under >>> 24) + (over >>> 25));
  return ((alpha << 24) | colour) >>> 0;
}
