// Names of regions: where a genre stands thicker than anywhere else.

const SIDE = 36;
const LEAST_SHARE = 0.008; // of all films, before a genre has a region
const LEAST_LIFT = 1.6;

/**
 * @param {ReturnType<import("./points.js").readPoints>} points
 * @param {string[]} names of the genres
 * @returns {{name: string, genre: number, x: number, y: number, lift: number}[]} the clearest first
 */
export function regions(points, names) {
  const { count, x, y, genres, ratings } = points;
  const cells = SIDE * SIDE;
  const all = new Float64Array(cells);
  const each = names.map(() => new Float64Array(cells));
  const films = new Float64Array(names.length);
  for (let i = 0; i < count; i++) {
    const weight = Math.log1p(ratings[i]); // where known films are, names help most
    const cell = place(x[i]) + SIDE * place(y[i]);
    all[cell] += weight;
    if (genres[i] < names.length) {
      each[genres[i]][cell] += weight;
      films[genres[i]]++;
    }
  }
  const everything = smooth(all);
  const total = all.reduce((sum, value) => sum + value, 0);
  const found = [];
  names.forEach((name, genre) => {
    if (films[genre] < Math.max(5, LEAST_SHARE * count)) return;
    const here = smooth(each[genre]);
    const own = each[genre].reduce((sum, value) => sum + value, 0);
    const prior = total / cells;
    let best = -1;
    let lift = LEAST_LIFT;
    let strength = 0;
    for (let c = 0; c < cells; c++) {
      const ratio = (here[c] + prior * (own / total)) / (everything[c] + prior) / (own / total);
      const score = ratio * Math.sqrt(here[c]);
      if (ratio > LEAST_LIFT && score > strength) {
        strength = score;
        best = c;
        lift = ratio;
      }
    }
    if (best >= 0) found.push({ name, genre, x: middle(best % SIDE), y: middle(Math.floor(best / SIDE)), lift });
  });
  return found.sort((one, other) => other.lift - one.lift);
}

function place(v) {
  return Math.max(0, Math.min(SIDE - 1, Math.floor(((v + 1) / 2) * SIDE)));
}

function middle(cell) {
  return ((cell + 0.5) / SIDE) * 2 - 1;
}

/** Three passes of a box of three cells: close to a bell. */
function smooth(values) {
  let now = values;
  for (let pass = 0; pass < 3; pass++) now = boxed(boxed(now, 1), SIDE);
  return now;
}

function boxed(values, stride) {
  const out = new Float64Array(values.length);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const along = stride === 1 ? column : row;
      const cell = row * SIDE + column;
      let sum = values[cell];
      if (along > 0) sum += values[cell - stride];
      if (along < SIDE - 1) sum += values[cell + stride];
      out[cell] = sum / 3;
    }
  }
  return out;
}
