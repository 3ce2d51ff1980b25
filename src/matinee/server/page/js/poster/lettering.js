// Big type that fills a frame: words are broken into lines, and lines sized by measuring the font.

import { svg } from "../dom.js";

const measured = new Map();
let pen = null;
let family = "";
let caps = 0.72;

function width(text, weight) {
  if (!pen) {
    pen = document.createElement("canvas").getContext("2d");
    family = getComputedStyle(document.documentElement).getPropertyValue("--display");
    pen.font = `700 100px ${family}`;
    caps = Math.min(0.8, Math.max(0.62, pen.measureText("H").actualBoundingBoxAscent / 100 || 0.72));
  }
  const key = `${weight}${text}`;
  if (!measured.has(key)) {
    pen.font = `${weight} 100px ${family}`;
    measured.set(key, pen.measureText(text).width / 100);
  }
  return measured.get(key);
}

/** What stands on the poster: no alternative titles, no subtitle in brackets. */
export function posterTitle(title) {
  return title.replace(/\s*\([^)]*\)\s*/g, " ").replace(/\s+/g, " ").trim() || title;
}

/** All ways to break `words` into at most `most` lines; long titles are broken evenly first. */
function* breaks(words, most) {
  if (words.length > 9) {
    for (let n = 3; n <= most; n++) {
      const all = words.join(" ").length;
      const lines = [[]];
      let seen = 0;
      for (const word of words) {
        if (seen >= (all * lines.length) / n && lines.length < n) lines.push([]);
        lines.at(-1).push(word);
        seen += word.length + 1;
      }
      yield lines.map((line) => line.join(" "));
    }
    return;
  }
  for (let cuts = 0; cuts < 1 << (words.length - 1); cuts++) {
    const lines = [words[0]];
    for (let i = 1; i < words.length; i++) {
      if (cuts & (1 << (i - 1))) lines.push(words[i]);
      else lines[lines.length - 1] += ` ${words[i]}`;
    }
    if (lines.length <= most) yield lines;
  }
}

/**
 * Break and size `text` for a box of w × h.
 *
 * justify: each line fills the width, in its own size; otherwise all lines share one size.
 * Returns {lines: [{text, size, width}], height}; sizes never exceed `biggest`.
 */
export function fit(text, { w, h, justify = true, most = 6, biggest = 110, gap = 0.16, weight = 700 }) {
  const words = text.toUpperCase().split(" ");
  let best = null;
  for (const lines of breaks(words, most)) {
    const widths = lines.map((line) => width(line, weight));
    let sizes;
    if (justify) sizes = widths.map((one) => Math.min(biggest, w / one));
    else sizes = widths.map(() => Math.min(biggest, w / Math.max(...widths)));
    const tall = () => sizes.reduce((sum, size) => sum + size * caps, 0) + gap * (sum(sizes) - sizes.at(-1));
    const scale = Math.min(1, h / tall());
    sizes = sizes.map((size) => size * scale);
    const smallest = Math.min(...sizes);
    const uneven = Math.max(...sizes) / smallest;
    // Fill the box, keep the smallest line legible, and do not let "OF" shout.
    const area = sizes.reduce((all, size, i) => all + size * size * widths[i], 0);
    const score = area * (justify ? Math.min(1, 2.4 / uneven) : 1) * Math.min(1, smallest / 13);
    if (!best || score > best.score) best = { score, lines, sizes, widths, height: tall() };
  }
  return {
    height: best.height,
    gap,
    lines: best.lines.map((line, i) => ({ text: line, size: best.sizes[i], width: best.widths[i] * best.sizes[i] })),
  };
}

const sum = (values) => values.reduce((a, b) => a + b, 0);

/** The fitted lines as <text>, from the top edge `y`; anchor is "start", "middle" or "end" at `x`. */
export function set(fitted, { x, y, anchor = "start", fill, weight = 700 }) {
  let top = y;
  return fitted.lines.map(({ text, size, width: length }) => {
    const base = top + size * caps;
    top = base + size * fitted.gap;
    return svg("text", {
      x, y: base.toFixed(2), fill, "font-size": size.toFixed(2), "text-anchor": anchor, "font-weight": weight,
      textLength: length.toFixed(1), lengthAdjust: "spacingAndGlyphs",
    }, text);
  });
}

/** A small line: year, genre. */
export function small(text, { x, y, fill, anchor = "start", size = 10, spacing = 1.5 }) {
  return svg("text", { x, y, fill, "font-size": size, "text-anchor": anchor, "letter-spacing": spacing, "font-weight": 700 }, text);
}

/** Width of a text at size 1. */
export const widthOf = (text, weight = 700) => width(text, weight);
/** Height of capitals at size 1. */
export const capHeight = () => (width("H", 700), caps);
