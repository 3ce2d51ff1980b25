// One drawing for each genre, in flat cut-paper shapes: motif(genre, random)(x, y, r, {a, b, ground}).
// `a` is the main ink, `b` the second; `ground` cuts holes.

import { svg } from "../dom.js";

const { PI, sin, cos } = Math;
const n = (value) => Number(value.toFixed(2));
const path = (d, props) => svg("path", { d, ...props });
const disc = (cx, cy, r, fill, props) => svg("circle", { cx: n(cx), cy: n(cy), r: n(r), fill, ...props });
const box = (x, y, width, height, fill, props) => svg("rect", { x: n(x), y: n(y), width: n(width), height: n(height), fill, ...props });
const ring = (cx, cy, r, width, stroke) => disc(cx, cy, r, "none", { stroke, "stroke-width": n(width) });
const poly = (points, fill, props) =>
  svg("polygon", { points: points.map(([x, y]) => `${n(x)},${n(y)}`).join(" "), fill, ...props });

/** A star of `spikes` points; `rough` shakes the outer ones. */
export function star(cx, cy, outer, inner, spikes, fill, turn = -PI / 2, rough = null) {
  const points = [];
  for (let i = 0; i < spikes * 2; i++) {
    const reach = i % 2 ? inner : outer * (rough ? 0.7 + 0.3 * rough() : 1);
    const angle = turn + (i * PI) / spikes;
    points.push([cx + reach * cos(angle), cy + reach * sin(angle)]);
  }
  return poly(points, fill);
}

const MOTIFS = {
  Action: [
    (x, y, r, c, random) => [star(x, y, r, r * 0.52, 13, c.a, 0.2, random), star(x, y, r * 0.62, r * 0.3, 11, c.b, 0.5, random), disc(x, y, r * 0.16, c.ground)],
    (x, y, r, c) => [-0.7, -0.1, 0.5].map((at, i) => poly([[x - r, y + r * (at + 0.5)], [x + r * 0.4, y + r * (at + 0.1)], [x + r * 0.1, y + r * (at - 0.1)], [x + r, y + r * (at - 0.35)], [x - r * 0.1, y + r * (at + 0.12)], [x + r * 0.1, y + r * (at + 0.22)]], i === 1 ? c.b : c.a)),
  ],
  Adventure: [
    (x, y, r, c) => [disc(x + r * 0.35, y - r * 0.45, r * 0.36, c.b), poly([[x - r * 1.1, y + r], [x - r * 0.25, y - r * 0.6], [x + r * 0.6, y + r]], c.a), poly([[x - r * 0.25, y - r * 0.6], [x + r * 0.02, y - r * 0.09], [x - r * 0.2, y + r * 0.06], [x - r * 0.34, y - r * 0.12], [x - r * 0.52, y + 0]], c.ground), poly([[x, y + r], [x + r * 0.62, y], [x + r * 1.15, y + r]], c.b)],
    (x, y, r, c) => [ring(x, y, r * 0.93, r * 0.1, c.b), poly([[x, y - r * 0.8], [x + r * 0.2, y], [x - r * 0.2, y]], c.a), poly([[x, y + r * 0.8], [x + r * 0.2, y], [x - r * 0.2, y]], c.b), disc(x, y, r * 0.08, c.ground)],
  ],
  Animation: [
    (x, y, r, c) => [0, 1, 2, 3, 4].map((i) => disc(x - r * 0.8 + i * r * 0.4, y + r * 0.62 - Math.abs(sin(i * 0.9 + 0.25)) * r * 1.15, r * (0.14 + i * 0.045), i % 2 ? c.b : c.a)),
    (x, y, r, c) => [disc(x, y + r * 0.18, r * 0.72, c.a), disc(x - r * 0.62, y - r * 0.58, r * 0.4, c.b), disc(x + r * 0.62, y - r * 0.58, r * 0.4, c.b), disc(x - r * 0.22, y + r * 0.05, r * 0.11, c.ground), disc(x + r * 0.22, y + r * 0.05, r * 0.11, c.ground)],
  ],
  Children: [
    (x, y, r, c) => [poly([[x, y - r], [x + r * 0.62, y - r * 0.25], [x, y + r * 0.55], [x - r * 0.62, y - r * 0.25]], c.a), poly([[x, y - r], [x + r * 0.62, y - r * 0.25], [x, y - r * 0.25]], c.b), poly([[x, y + r * 0.55], [x - r * 0.62, y - r * 0.25], [x, y - r * 0.25]], c.b), path(`M${n(x)} ${n(y + r * 0.55)}q${n(r * 0.35)} ${n(r * 0.22)} 0 ${n(r * 0.45)}`, { fill: "none", stroke: c.a, "stroke-width": n(r * 0.06) })],
    (x, y, r, c) => [[-0.5, -0.25, 0.42], [0.48, -0.42, 0.46], [0.02, 0.05, 0.5]].map(([dx, dy, s], i) => [path(`M${n(x + dx * r)} ${n(y + (dy + s) * r)}L${n(x)} ${n(y + r)}`, { stroke: c.b, "stroke-width": n(r * 0.04) }), svg("ellipse", { cx: n(x + dx * r), cy: n(y + dy * r), rx: n(s * r * 0.86), ry: n(s * r), fill: i === 1 ? c.b : c.a })]),
  ],
  Comedy: [
    (x, y, r, c) => [disc(x, y, r * 0.95, c.a), path(`M${n(x - r * 0.6)} ${n(y + r * 0.08)}a${n(r * 0.6)} ${n(r * 0.6)} 0 0 0 ${n(r * 1.2)} 0z`, { fill: c.ground }), disc(x - r * 0.34, y - r * 0.3, r * 0.13, c.ground), box(x + r * 0.18, y - r * 0.38, r * 0.34, r * 0.14, c.ground)],
    (x, y, r, c) => [poly([[x - r * 0.95, y - r * 0.5], [x, y - r * 0.1], [x - r * 0.95, y + r * 0.35]], c.a), poly([[x + r * 0.95, y - r * 0.5], [x, y - r * 0.1], [x + r * 0.95, y + r * 0.35]], c.a), disc(x, y - r * 0.08, r * 0.22, c.b), disc(x, y + r * 0.5, r * 0.08, c.b), disc(x, y + r * 0.8, r * 0.08, c.b)],
    (x, y, r, c) => [path(`M${n(x - r)} ${n(y - r * 0.2)}a${n(r)} ${n(r)} 0 0 0 ${n(2 * r)} 0z`, { fill: c.a }), path(`M${n(x - r * 0.72)} ${n(y - r * 0.2)}h${n(r * 1.44)}v${n(r * 0.26)}h${n(-r * 1.44)}z`, { fill: c.b })],
  ],
  Crime: [
    (x, y, r, c) => [0.98, 0.78, 0.58, 0.38, 0.18].map((s, i) => path(`M${n(x - r * s * 0.78)} ${n(y + r * 0.75 * s + r * 0.12)}V${n(y - r * s * 0.18)}a${n(r * s * 0.78)} ${n(r * s * 0.78)} 0 0 1 ${n(r * s * 1.56)} 0V${n(y + r * (0.45 + 0.3 * s) * s)}`, { fill: "none", stroke: i % 2 ? c.b : c.a, "stroke-width": n(r * 0.1), "stroke-linecap": "round" })),
    (x, y, r, c, random) => [star(x, y, r, r * 0.16, 9, c.b, 0.3, random), disc(x, y, r * 0.34, c.a), disc(x, y, r * 0.17, c.ground)],
    (x, y, r, c) => [poly([[x - r, y - r * 0.3], [x + r * 0.85, y - r * 0.3], [x + r * 0.85, y + r * 0.02], [x - r * 0.1, y + r * 0.02], [x - r * 0.3, y + r * 0.75], [x - r * 0.8, y + r * 0.75], [x - r * 0.62, y + r * 0.02], [x - r, y + r * 0.02]], c.a), box(x + r * 0.6, y - r * 0.48, r * 0.14, r * 0.18, c.a), ring(x - r * 0.02, y + r * 0.14, r * 0.17, r * 0.07, c.b)],
  ],
  Documentary: [
    (x, y, r, c) => [0, 1, 2, 3, 4, 5].map((i) => { const t = (i * PI) / 3; const u = t + PI / 3; return poly([[x + r * cos(t), y + r * sin(t)], [x + r * cos(u), y + r * sin(u)], [x + r * 0.4 * cos(u + 0.5), y + r * 0.4 * sin(u + 0.5)]], i % 2 ? c.b : c.a); }),
    (x, y, r, c) => [box(x - r, y - r * 0.55, r * 2, r * 1.3, c.a), box(x - r * 0.4, y - r * 0.8, r * 0.8, r * 0.3, c.a), disc(x, y + r * 0.1, r * 0.48, c.ground), disc(x, y + r * 0.1, r * 0.3, c.b)],
  ],
  Drama: [
    (x, y, r, c) => [path(`M${n(x)} ${n(y - r)}a${n(r)} ${n(r)} 0 0 0 0 ${n(2 * r)}z`, { fill: c.a }), path(`M${n(x + r * 0.14)} ${n(y - r * 0.7)}a${n(r)} ${n(r)} 0 0 1 0 ${n(2 * r)}z`, { fill: c.b })],
    (x, y, r, c) => [box(x - r * 0.62, y - r, r * 1.24, r * 2, c.a), box(x - r * 0.44, y - r * 0.8, r * 0.4, r * 0.72, c.b), box(x + r * 0.05, y - r * 0.8, r * 0.4, r * 0.72, c.ground), box(x - r * 0.44, y + r * 0.06, r * 0.4, r * 0.72, c.ground), box(x + r * 0.05, y + r * 0.06, r * 0.4, r * 0.72, c.ground)],
    (x, y, r, c) => [disc(x - r * 0.32, y, r * 0.66, c.a), disc(x + r * 0.32, y, r * 0.66, c.b, { class: "overprint" })],
    (x, y, r, c) => [0, 1, 2, 3, 4].map((i) => box(x - r + i * r * 0.4, y + r - r * (0.4 + i * 0.4), r * 0.4, r * (0.4 + i * 0.4), i === 3 ? c.b : c.a)),
    (x, y, r, c) => [disc(x, y - r * 0.5, r * 0.42, c.a), path(`M${n(x - r * 0.85)} ${n(y + r)}a${n(r * 0.85)} ${n(r * 0.95)} 0 0 1 ${n(r * 1.7)} 0z`, { fill: c.b })],
  ],
  Fantasy: [
    (x, y, r, c) => [disc(x, y, r * 0.85, c.a), disc(x + r * 0.36, y - r * 0.2, r * 0.7, c.ground), star(x + r * 0.4, y - r * 0.2, r * 0.34, r * 0.09, 4, c.b), star(x + r * 0.72, y + r * 0.42, r * 0.18, r * 0.05, 4, c.b)],
    (x, y, r, c) => [box(x - r * 0.8, y - r * 0.1, r * 0.4, r * 1.1, c.a), box(x + r * 0.4, y - r * 0.1, r * 0.4, r * 1.1, c.a), box(x - r * 0.42, y + r * 0.25, r * 0.84, r * 0.75, c.b), poly([[x - r * 0.9, y - r * 0.1], [x - r * 0.6, y - r * 0.8], [x - r * 0.3, y - r * 0.1]], c.b), poly([[x + r * 0.9, y - r * 0.1], [x + r * 0.6, y - r * 0.8], [x + r * 0.3, y - r * 0.1]], c.b), path(`M${n(x - r * 0.16)} ${n(y + r)}v${n(-r * 0.3)}a${n(r * 0.16)} ${n(r * 0.16)} 0 0 1 ${n(r * 0.32)} 0v${n(r * 0.3)}z`, { fill: c.ground })],
  ],
  "Film-Noir": [
    (x, y, r, c) => [0, 1, 2, 3, 4, 5].map((i) => poly([[x - r, y - r + i * r * 0.36], [x + r, y - r * 0.8 + i * r * 0.36], [x + r, y - r * 0.62 + i * r * 0.36], [x - r, y - r * 0.82 + i * r * 0.36]], i % 3 === 1 ? c.a : c.b)),
    (x, y, r, c) => [poly([[x - r * 0.2, y - r], [x + r * 0.2, y - r], [x + r, y + r * 0.75], [x - r, y + r * 0.75]], c.b), svg("ellipse", { cx: n(x), cy: n(y + r * 0.75), rx: n(r), ry: n(r * 0.25), fill: c.a }), poly([[x - r * 0.12, y + r * 0.7], [x - r * 0.16, y], [x + r * 0.16, y], [x + r * 0.12, y + r * 0.7]], c.ground), disc(x, y - r * 0.14, r * 0.12, c.ground), box(x - r * 0.24, y - r * 0.24, r * 0.48, r * 0.07, c.ground)],
  ],
  Horror: [
    (x, y, r, c) => [path(`M${n(x - r)} ${n(y)}Q${n(x)} ${n(y - r * 1.1)} ${n(x + r)} ${n(y)}Q${n(x)} ${n(y + r * 1.1)} ${n(x - r)} ${n(y)}z`, { fill: c.b }), disc(x, y, r * 0.46, c.a), svg("ellipse", { cx: n(x), cy: n(y), rx: n(r * 0.09), ry: n(r * 0.4), fill: c.ground })],
    (x, y, r, c) => [0, 1, 2, 3, 4, 5, 6].map((i) => path(`M${n(x - r + (i * r * 2) / 7)} ${n(y - r)}h${n((r * 2) / 7 + 0.4)}v${n(r * [0.7, 1.5, 0.9, 1.85, 1.1, 1.4, 0.6][i])}a${n(r / 7)} ${n(r / 7)} 0 0 1 ${n((-r * 2) / 7 - 0.4)} 0z`, { fill: i % 3 ? c.a : c.b })),
    (x, y, r, c) => [0, 1, 2, 3, 4].map((i) => poly([[x - r + i * r * 0.4, y - r * 0.6], [x - r * 0.6 + i * r * 0.4, y - r * 0.6], [x - r * 0.8 + i * r * 0.4, y + r * (i % 2 ? 0.1 : 0.35)]], c.a)).concat([0, 1, 2, 3].map((i) => poly([[x - r * 0.8 + i * r * 0.4, y + r * 0.9], [x - r * 0.4 + i * r * 0.4, y + r * 0.9], [x - r * 0.6 + i * r * 0.4, y + r * 0.1]], c.b))),
  ],
  Musical: [
    (x, y, r, c) => [disc(x, y, r, c.a), ring(x, y, r * 0.8, r * 0.025, c.ground), ring(x, y, r * 0.64, r * 0.025, c.ground), disc(x, y, r * 0.36, c.b), disc(x, y, r * 0.06, c.ground)],
    (x, y, r, c) => [svg("ellipse", { cx: n(x - r * 0.42), cy: n(y + r * 0.62), rx: n(r * 0.4), ry: n(r * 0.3), fill: c.a, transform: `rotate(-20 ${n(x - r * 0.42)} ${n(y + r * 0.62)})` }), box(x - r * 0.14, y - r * 0.95, r * 0.12, r * 1.6, c.a), path(`M${n(x - r * 0.14)} ${n(y - r * 0.95)}q${n(r * 0.2)} ${n(r * 0.55)} ${n(r * 0.9)} ${n(r * 0.62)}q${n(-r * 0.4)} ${n(-r * 0.05)} ${n(-r * 0.9)} ${n(-r * 0.12)}z`, { fill: c.b })],
  ],
  Mystery: [
    (x, y, r, c) => [disc(x, y, r, c.b), disc(x, y - r * 0.24, r * 0.34, c.a), poly([[x - r * 0.16, y - r * 0.1], [x + r * 0.16, y - r * 0.1], [x + r * 0.34, y + r * 0.66], [x - r * 0.34, y + r * 0.66]], c.a)],
    (x, y, r, c) => [ring(x - r * 0.2, y - r * 0.25, r * 0.55, r * 0.18, c.a), disc(x - r * 0.2, y - r * 0.25, r * 0.3, c.b), path(`M${n(x + r * 0.22)} ${n(y + r * 0.17)}L${n(x + r * 0.85)} ${n(y + r * 0.85)}`, { stroke: c.a, "stroke-width": n(r * 0.24), "stroke-linecap": "round" })],
  ],
  Romance: [
    (x, y, r, c) => [path(`M${n(x)} ${n(y + r * 0.85)}L${n(x - r * 0.85)} ${n(y - r * 0.05)}A${n(r * 0.5)} ${n(r * 0.5)} 0 0 1 ${n(x)} ${n(y - r * 0.6)}z`, { fill: c.a }), path(`M${n(x)} ${n(y + r * 0.85)}L${n(x + r * 0.85)} ${n(y - r * 0.05)}A${n(r * 0.5)} ${n(r * 0.5)} 0 0 0 ${n(x)} ${n(y - r * 0.6)}z`, { fill: c.b })],
    (x, y, r, c) => [ring(x - r * 0.34, y, r * 0.58, r * 0.14, c.a), ring(x + r * 0.34, y, r * 0.58, r * 0.14, c.b)],
    (x, y, r, c) => [0, 1, 2, 3, 4, 5].map((i) => svg("ellipse", { cx: n(x), cy: n(y - r * 0.55), rx: n(r * 0.28), ry: n(r * 0.44), fill: i % 2 ? c.b : c.a, transform: `rotate(${i * 60} ${n(x)} ${n(y)})` })).concat(disc(x, y, r * 0.2, c.ground)),
  ],
  "Sci-Fi": [
    (x, y, r, c) => [disc(x, y, r * 0.6, c.a), svg("ellipse", { cx: n(x), cy: n(y), rx: n(r), ry: n(r * 0.24), fill: "none", stroke: c.b, "stroke-width": n(r * 0.1), transform: `rotate(-18 ${n(x)} ${n(y)})` }), disc(x + r * 0.72, y - r * 0.7, r * 0.1, c.b)],
    (x, y, r, c) => [ring(x, y, r * 0.95, r * 0.05, c.b), ring(x, y, r * 0.65, r * 0.05, c.b), disc(x, y, r * 0.28, c.a), disc(x + r * 0.67, y - r * 0.67, r * 0.13, c.a), disc(x - r * 0.62, y + r * 0.2, r * 0.1, c.a)],
    (x, y, r, c) => [path(`M${n(x)} ${n(y - r)}q${n(r * 0.45)} ${n(r * 0.5)} ${n(r * 0.34)} ${n(r * 1.4)}h${n(-r * 0.68)}q${n(-r * 0.11)} ${n(-r * 0.9)} ${n(r * 0.34)} ${n(-r * 1.4)}z`, { fill: c.a }), poly([[x - r * 0.34, y + r * 0.05], [x - r * 0.7, y + r * 0.62], [x - r * 0.34, y + r * 0.4]], c.b), poly([[x + r * 0.34, y + r * 0.05], [x + r * 0.7, y + r * 0.62], [x + r * 0.34, y + r * 0.4]], c.b), disc(x, y - r * 0.25, r * 0.14, c.ground), poly([[x - r * 0.2, y + r * 0.46], [x + r * 0.2, y + r * 0.46], [x, y + r]], c.b)],
  ],
  Thriller: [
    (x, y, r, c) => { let d = `M${n(x)} ${n(y)}`; for (let i = 1; i <= 60; i++) { const t = i * 0.36; const q = (r * i) / 60; d += `L${n(x + q * cos(t))} ${n(y + q * sin(t))}`; } return [path(d, { fill: "none", stroke: c.a, "stroke-width": n(r * 0.09) }), poly([[x - r * 0.09, y - r * 0.05], [x + r * 0.09, y - r * 0.05], [x + r * 0.16, y + r * 0.5], [x - r * 0.16, y + r * 0.5]], c.b), disc(x, y - r * 0.16, r * 0.11, c.b)]; },
    (x, y, r, c) => [0, 1, 2, 3, 4, 5].map((i) => svg("rect", { x: n(x - r * (0.9 - i * 0.15)), y: n(y - r * (0.9 - i * 0.15)), width: n(r * 2 * (0.9 - i * 0.15)), height: n(r * 2 * (0.9 - i * 0.15)), fill: i % 2 ? c.ground : i === 4 ? c.b : c.a, transform: `rotate(${i * 8} ${n(x)} ${n(y)})` })),
    (x, y, r, c) => [poly([[x + r * 0.1, y - r], [x - r * 0.7, y + r * 0.2], [x - r * 0.05, y + r * 0.1], [x - r * 0.2, y + r], [x + r * 0.7, y - r * 0.3], [x + r * 0.05, y - r * 0.15]], c.a)],
  ],
  War: [
    (x, y, r, c) => [star(x, y, r * 0.95, r * 0.37, 5, c.a), ring(x, y, r * 0.95, r * 0.06, c.b)],
    (x, y, r, c) => [0, 1, 2].map((i) => poly([[x - r * 0.8, y - r * 0.3 + i * r * 0.45], [x, y - r * 0.85 + i * r * 0.45], [x + r * 0.8, y - r * 0.3 + i * r * 0.45], [x + r * 0.8, y - r * 0.02 + i * r * 0.45], [x, y - r * 0.57 + i * r * 0.45], [x - r * 0.8, y - r * 0.02 + i * r * 0.45]], i === 1 ? c.b : c.a)),
  ],
  Western: [
    (x, y, r, c) => [disc(x + r * 0.25, y, r * 0.72, c.a), path(`M${n(x - r * 0.55)} ${n(y + r)}v${n(-r * 1.5)}a${n(r * 0.14)} ${n(r * 0.14)} 0 0 1 ${n(r * 0.28)} 0v${n(r * 0.62)}h${n(r * 0.22)}v${n(-r * 0.3)}a${n(r * 0.1)} ${n(r * 0.1)} 0 0 1 ${n(r * 0.2)} 0v${n(r * 0.52)}h${n(-r * 0.42)}v${n(r * 0.66)}z`, { fill: c.b }), path(`M${n(x - r * 0.55)} ${n(y + r * 0.35)}h${n(-r * 0.36)}v${n(-r * 0.5)}a${n(r * 0.09)} ${n(r * 0.09)} 0 0 1 ${n(r * 0.18)} 0v${n(r * 0.3)}h${n(r * 0.2)}z`, { fill: c.b }), box(x - r, y + r * 0.9, r * 2, r * 0.1, c.b)],
    (x, y, r, c) => [star(x, y, r, r * 0.5, 6, c.a, 0), ...[0, 1, 2, 3, 4, 5].map((i) => disc(x + r * cos((i * PI) / 3), y + r * sin((i * PI) / 3), r * 0.13, c.a)), disc(x, y, r * 0.3, c.b)],
  ],
  "": [
    (x, y, r, c) => [disc(x, y, r, c.a), disc(x, y, r * 0.1, c.ground), ...[0, 1, 2, 3, 4].map((i) => disc(x + r * 0.6 * cos(i * 1.257 - 1.57), y + r * 0.6 * sin(i * 1.257 - 1.57), r * 0.22, c.ground))],
    (x, y, r, c) => [path(`M${n(x - r)} ${n(y - r * 0.5)}h${n(r * 2)}v${n(r * 0.3)}a${n(r * 0.2)} ${n(r * 0.2)} 0 0 0 0 ${n(r * 0.4)}v${n(r * 0.3)}h${n(-r * 2)}v${n(-r * 0.3)}a${n(r * 0.2)} ${n(r * 0.2)} 0 0 0 0 ${n(-r * 0.4)}z`, { fill: c.a }), star(x, y, r * 0.34, r * 0.14, 5, c.b)],
  ],
};

/** The drawing for a genre: (x, y, r, {a, b, ground}) => a group around (x, y) within radius r. */
export function motif(genre, random) {
  const kinds = MOTIFS[genre] ?? MOTIFS[""];
  const draw = kinds[Math.floor(random() * kinds.length)];
  return (x, y, r, colours) => svg("g", {}, draw(x, y, r, colours, random));
}

export { box, disc, path, poly, ring };
