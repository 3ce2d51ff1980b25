// The ways a poster can be laid out on its 200 × 300 sheet. Each takes {title, year, genre, colours,
// motif, random} and returns SVG nodes, ground first. The title always stands on one flat ink.

import { svg } from "../dom.js";
import { capHeight, fit, set, small, widthOf } from "./lettering.js";
import { box, disc, poly } from "./motifs.js";

const W = 200;
const H = 300;
const M = 14;
const year = (p) => (p.year ? String(p.year) : "");
const pick = (random, ...values) => values[Math.floor(random() * values.length)];
const inks = (p, ground = p.colours.ground) => ({ a: p.colours.first, b: p.colours.second, ground });

/** Year to the left, genre to the right, on one line. */
function caption(p, y, fill, { size = 10 } = {}) {
  return [
    small(year(p), { x: M, y, fill, size }),
    small(p.genre.toUpperCase(), { x: W - M, y, fill, size, anchor: "end" }),
  ];
}

/** The drawing above, the title across the foot in lines that fill the width. */
function standing(p) {
  const title = fit(p.title, { w: W - 2 * M, h: 118, biggest: 78 });
  const top = H - M - title.height;
  const room = top - 26 - M;
  const r = Math.min(82, room / 2 - 4);
  return [
    box(0, 0, W, H, p.colours.ground), p.motif(W / 2, 26 + room / 2, r, inks(p)),
    ...caption(p, M + 8, p.colours.title), ...set(title, { x: M, y: top, fill: p.colours.title }),
  ];
}

/** Crooked bars cut from paper; the title lies on the ground below them. */
function cut(p) {
  const { random, colours } = p;
  const title = fit(p.title, { w: W - 2 * M, h: 96, justify: false, biggest: 44 });
  const top = H - M - 20 - title.height;
  const bars = [];
  const many = pick(random, 3, 4, 5);
  const reach = top - 16;
  for (let i = 0; i < many; i++) {
    const x = M + (i * (W - 2 * M)) / many;
    const w = (W - 2 * M) / many - 5;
    const foot = reach * (0.45 + 0.55 * random());
    const shake = () => (random() - 0.5) * 9;
    bars.push(poly([[x + shake(), -5], [x + w + shake(), -5], [x + w + shake(), foot], [x + shake(), foot + shake()]],
      i % 2 ? colours.second : colours.first));
  }
  const r = 40;
  return [
    box(0, 0, W, H, colours.ground), ...bars,
    disc(W * 0.5, reach * 0.52, r * 1.28, colours.ground), p.motif(W * 0.5, reach * 0.52, r, inks(p)),
    ...set(title, { x: M, y: top, fill: colours.title }), ...caption(p, H - M, colours.title),
  ];
}

/** Swiss: a tilted grid, one great circle, and the title in one size. */
function swiss(p) {
  const { colours, random } = p;
  const tilt = pick(random, -14, -18, 12);
  const title = fit(p.title, { w: 168, h: 104, justify: false, biggest: 46 });
  const right = tilt > 0;
  return [
    box(0, 0, W, H, colours.ground),
    svg("g", { transform: `rotate(${tilt} 100 150)` },
      disc(right ? 62 : 138, 74, 92, colours.first),
      box(-60, 150, 400, 9, colours.second),
      p.motif(right ? 66 : 134, 78, 50, { a: colours.ground, b: colours.second, ground: colours.first })),
    ...set(title, { x: M, y: H - M - 18 - title.height, fill: colours.title }),
    ...caption(p, H - M, colours.title),
  ];
}

/** Rays of a lamp from one point; the title in a plate across them. */
function rays(p) {
  const { colours, random } = p;
  const title = fit(p.title, { w: W - 2 * M - 8, h: 88, biggest: 60 });
  const plate = title.height + 30;
  const low = random() < 0.5;
  const y = low ? H - plate - 26 : 34;
  const cy = low ? y * 0.52 : y + plate + (H - y - plate) * 0.48;
  const beams = [];
  const many = 14;
  for (let i = 0; i < many; i += 1) {
    const at = (i * 2 * Math.PI) / many + 0.1;
    const to = at + Math.PI / many;
    beams.push(poly([[100, cy], [100 + 420 * Math.cos(at), cy + 420 * Math.sin(at)], [100 + 420 * Math.cos(to), cy + 420 * Math.sin(to)]], colours.first));
  }
  return [
    box(0, 0, W, H, colours.second), ...beams, disc(100, cy, 58, colours.ground),
    p.motif(100, cy, 40, { ...inks(p) }),
    box(0, y, W, plate, colours.ground),
    ...set(title, { x: 100, y: y + 15, anchor: "middle", fill: colours.title }),
    box(0, low ? H - 27 : 0, W, low ? 27 : 35, colours.ground),
    small([year(p), p.genre.toUpperCase()].filter(Boolean).join("  ·  "),
      { x: 100, y: low ? H - 11 : 20, fill: colours.title, anchor: "middle", size: 9.5 }),
  ];
}

/** One huge letter runs off the sheet. */
function initial(p) {
  const { colours, random } = p;
  const word = p.title.toUpperCase().replace(/^(THE|A|AN|LE|LA|LES|IL|EL|DER|DIE|DAS) /, "");
  const letter = [...word.matchAll(/[\p{L}\p{N}]/gu)][0]?.[0] ?? "M";
  const size = Math.min(330, 250 / Math.max(0.35, widthOf(letter)));
  const title = fit(p.title, { w: W - 2 * M, h: 70, justify: false, biggest: 34, most: 4 });
  const off = pick(random, 30, 100, 170);
  const base = 54 + title.height + size * capHeight() * 0.98;
  return [
    box(0, 0, W, H, colours.ground),
    svg("text", { x: off, y: base.toFixed(1), "font-size": size.toFixed(1), fill: colours.first, "text-anchor": off < 60 ? "start" : off > 140 ? "end" : "middle", "font-weight": 700, transform: off < 60 ? "translate(-34 0)" : off > 140 ? "translate(34 0)" : null }, letter),
    p.motif(off < 60 ? 152 : off > 140 ? 48 : 100, H - 52, 36, { a: colours.second, b: colours.title, ground: colours.ground }),
    box(0, 0, W, 40 + title.height, colours.ground),
    ...set(title, { x: M, y: M, fill: colours.title }), ...caption(p, M + title.height + 16, colours.title),
  ];
}

/** The title again and again, one line of them lit. */
function echo(p) {
  const { colours, random } = p;
  const title = fit(p.title, { w: W - 2 * M, h: 120, biggest: 52, most: 4 });
  const step = title.height + 9;
  const many = Math.max(2, Math.floor((H - 2 * M - 16) / step));
  const lit = Math.floor(random() * many);
  const start = M + (H - 2 * M - 16 - many * step + 9) / 2;
  const nodes = [box(0, 0, W, H, colours.ground)];
  for (let i = 0; i < many; i++) {
    if (i === lit) nodes.push(...set(title, { x: M, y: start + i * step, fill: colours.title }));
    else nodes.push(svg("g", { opacity: 0.62 - 0.1 * Math.abs(i - lit) > 0.2 ? (0.62 - 0.1 * Math.abs(i - lit)).toFixed(2) : 0.2 },
      set(title, { x: M, y: start + i * step, fill: i % 2 ? colours.first : colours.second })));
  }
  return [...nodes, ...caption(p, H - M + 3, colours.title)];
}

/** The title climbs the left edge; the drawing three times beside it. */
function climbing(p) {
  const { colours } = p;
  const title = fit(p.title, { w: H - 2 * M - 14, h: 104, biggest: 100, most: 3 });
  const left = M + title.height + 14;
  const middle = (left + W - 8) / 2 + 3;
  const r = Math.min(36, (W - left - 12) / 2);
  const gap = (H - 2 * M - 2 * r - 18) / 2;
  return [
    box(0, 0, W, H, colours.ground), box(left, 0, W - left, H, colours.first),
    ...[0, 1, 2].map((i) => p.motif(middle, M + r + i * gap, r * (1 - 0.12 * (2 - i)),
      { a: colours.ground, b: i === 2 ? colours.second : colours.title === colours.first ? colours.second : colours.title, ground: colours.first })),
    svg("g", { transform: `translate(${M} ${H - M}) rotate(-90)` }, set(title, { x: 0, y: 0, fill: colours.title })),
    svg("g", { transform: `translate(${W - 8} ${H - 8})` }, small(year(p), { x: 0, y: 0, fill: colours.ground, anchor: "end", size: 11 })),
  ];
}

/** The year, too big for the sheet. */
function dated(p) {
  if (!p.year) return standing(p);
  const { colours } = p;
  const digits = `’${String(p.year % 100).padStart(2, "0")}`;
  const size = 224 / widthOf(digits);
  const title = fit(p.title, { w: W - 2 * M, h: 104, biggest: 58 });
  const tall = size * capHeight();
  return [
    box(0, 0, W, H, colours.ground),
    svg("text", { x: 100, y: H - 12, "font-size": size.toFixed(1), fill: colours.first, "text-anchor": "middle", "font-weight": 700, textLength: 222, lengthAdjust: "spacingAndGlyphs" }, digits),
    p.motif(W - 52, Math.max(title.height + M + 40, H - tall - 34), 34, { a: colours.second, b: colours.title, ground: colours.ground }),
    ...set(title, { x: M, y: M, fill: colours.title }),
    small(p.genre.toUpperCase(), { x: M, y: M + title.height + 16, fill: colours.title, size: 9 }),
  ];
}

/** A programme of the twenties: double frame, a medallion, the title centred. */
function framed(p) {
  const { colours } = p;
  const title = fit(p.title, { w: 142, h: 92, justify: false, biggest: 38, gap: 0.3 });
  const line = (x, y, w, h, width) => svg("rect", { x, y, width: w, height: h, fill: "none", stroke: colours.first, "stroke-width": width });
  const room = H - 62 - title.height - 22;
  const r = Math.min(62, room / 2 - 6);
  const cy = 24 + room / 2;
  return [
    box(0, 0, W, H, colours.ground), line(8, 8, 184, 284, 3), line(14, 14, 172, 272, 1),
    ...[[14, 14], [186, 14], [14, 286], [186, 286]].map(([x, y]) => box(x - 7, y - 7, 14, 14, colours.first)),
    disc(100, cy, r, colours.second), svg("circle", { cx: 100, cy, r: r + 5, fill: "none", stroke: colours.first, "stroke-width": 1.5 }),
    p.motif(100, cy, r * 0.68, { a: colours.first === colours.second ? colours.title : colours.first, b: colours.ground, ground: colours.second }),
    ...set(title, { x: 100, y: H - 44 - title.height, anchor: "middle", fill: colours.title }),
    small(year(p), { x: 100, y: H - 24, fill: colours.title, anchor: "middle", size: 11, spacing: 3 }),
  ];
}

/** Two halves along a slanting edge. */
function slanted(p) {
  const { colours, random } = p;
  const title = fit(p.title, { w: W - 2 * M, h: 100, biggest: 66 });
  const foot = H - M - 16 - title.height;
  const up = random() < 0.5;
  const [left, right] = up ? [foot - 14, foot - 92] : [foot - 92, foot - 14];
  return [
    box(0, 0, W, H, colours.ground), poly([[0, 0], [W, 0], [W, right], [0, left]], colours.first),
    poly([[0, left], [W, right], [W, right + 8], [0, left + 8]], colours.second),
    p.motif(up ? 78 : 122, (foot - 50) * 0.46, 58, { a: colours.ground, b: colours.second, ground: colours.first }),
    ...set(title, { x: M, y: foot, fill: colours.title }), ...caption(p, H - M + 3, colours.title),
  ];
}

/** A sheet of small drawings; one is different. */
function pattern(p) {
  const { colours, random } = p;
  const title = fit(p.title, { w: W - 2 * M, h: 96, biggest: 50 });
  const foot = H - M - 16 - title.height;
  const cols = 4;
  const cell = (W - 2 * M) / cols;
  const rows = Math.max(2, Math.floor((foot - M - 6) / cell));
  const odd = Math.floor(random() * rows * cols);
  const nodes = [];
  for (let i = 0; i < rows * cols; i++) {
    const x = M + (i % cols) * cell + cell / 2;
    const y = M + Math.floor(i / cols) * cell + cell / 2;
    if (i === odd) nodes.push(disc(x, y, cell * 0.47, colours.second), p.motif(x, y, cell * 0.32, { a: colours.ground, b: colours.ground, ground: colours.second }));
    else nodes.push(p.motif(x, y, cell * 0.38, { a: colours.first, b: colours.title, ground: colours.ground }));
  }
  return [box(0, 0, W, H, colours.ground), ...nodes,
    ...set(title, { x: M, y: foot, fill: colours.title }), ...caption(p, H - M + 3, colours.title)];
}

/** Strata of a landscape under a disc. */
function strata(p) {
  const { colours, random } = p;
  const title = fit(p.title, { w: W - 2 * M, h: 104, biggest: 62 });
  const from = M + title.height + 30;
  const layers = [];
  for (let i = 0; i < 4; i++) {
    const y = from + 66 + (i * (H - from - 66)) / 4;
    const wave = () => y + (random() - 0.5) * 44;
    const d = `M-5 ${H + 5}V${wave()}C50 ${wave()} 60 ${wave()} 100 ${wave()}S160 ${wave()} 205 ${wave()}V${H + 5}z`;
    layers.push(svg("path", { d, fill: i % 2 ? colours.second : colours.first }));
  }
  const x = pick(random, 60, 100, 142);
  return [
    box(0, 0, W, H, colours.ground), disc(x, from + 56, 46, colours.second),
    p.motif(x, from + 46, 26, { a: colours.ground, b: colours.ground, ground: colours.second }), ...layers,
    ...set(title, { x: M, y: M, fill: colours.title }),
    ...caption(p, M + title.height + 16, colours.title, { size: 9 }),
  ];
}

/** Nothing but the drawing, as large as it gets, running over the edge; the title in a label. */
function close(p) {
  const { colours, random } = p;
  const title = fit(p.title, { w: 128, h: 70, justify: false, biggest: 30 });
  const label = Math.max(title.height + 34, 52);
  const wide = Math.max(92, ...title.lines.map((line) => line.width)) + 24;
  return [
    box(0, 0, W, H, colours.first), p.motif(pick(random, 70, 100, 134), 118, 124, { a: colours.ground, b: colours.second, ground: colours.first }),
    box(0, H - M - label, wide, label, colours.ground),
    ...set(title, { x: M - 2, y: H - M - label + 12, fill: colours.title }),
    small(year(p), { x: M - 2, y: H - M - 9, fill: colours.title, size: 9.5 }),
  ];
}

/** The title first, as large as it will go; a rule; the drawing in the corner, cropped if it has room. */
function credits(p) {
  const { colours } = p;
  const title = fit(p.title, { w: W - 2 * M, h: 176, biggest: 96 });
  const rule = M + title.height + 13;
  const room = H - rule - 5;
  const r = room > 130 ? room * 0.52 : Math.min(40, room / 2 - 14);
  const [x, y] = room > 130 ? [W - r * 0.62, H - r * 0.72] : [W - M - r, rule + 5 + room / 2];
  return [
    box(0, 0, W, H, colours.ground), p.motif(x, y, r, inks(p)), box(M, rule, W - 2 * M, 5, colours.first),
    ...set(title, { x: M, y: M, fill: colours.title }),
    small(year(p), { x: M, y: rule + 24, fill: colours.title, size: 13 }),
    small(p.genre.toUpperCase(), { x: M, y: rule + 38, fill: colours.title, size: 8.5 }),
  ];
}

/** The layouts, and how readily each is taken for films of before 1965, and since. */
export const COMPOSITIONS = [
  [standing, 3, 3], [cut, 4, 2], [swiss, 1, 4], [rays, 3, 2], [initial, 1, 3], [echo, 0, 2], [climbing, 2, 3],
  [dated, 1, 2], [framed, 5, 1], [slanted, 2, 3], [pattern, 1, 3], [strata, 2, 2], [close, 1, 3], [credits, 2, 3],
];
