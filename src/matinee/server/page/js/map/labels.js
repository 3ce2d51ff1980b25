// Which names stand on the map: the best known films', as long as no two names meet.

const MOST = 70;
const TRIED = 500;
const LONGEST = 30;
const AIR = 3;
const SMALL = 2.5;

export class Labels {
  #titles;
  #widths = new Map();

  constructor(titles) {
    this.#titles = titles;
  }

  /**
   * Greedy, in the order given: a film whose name would cover another's name or a better known
   * film's disc stays without one.
   *
   * @param {Iterable<number>} films by importance
   * @param {(film: number) => [number, number, number]} at middle and radius on the screen
   * @param {CanvasRenderingContext2D} context with the font of the names
   * @param {number} height of a line
   * @param {number[][]} taken boxes [left, top, right, bottom] that must stay free
   * @returns {{film: number, text: string, dx: number, dy: number, box: number[]}[]} left end and
   *   baseline of each name, from the middle of its film
   */
  place(films, at, context, height, taken = []) {
    const boxes = [...taken];
    const placed = [];
    let tried = 0;
    for (const film of films) {
      if (placed.length >= MOST || tried++ >= TRIED) break;
      const [px, py, radius] = at(film);
      const text = shortened(this.#titles[film]);
      const width = this.#width(film, text, context);
      const spot = spots(px, py, radius, width, height).find(
        (box) => !boxes.some((other) => meet(box, other)),
      );
      if (spot) {
        boxes.push(spot);
        const [dx, dy] = [spot[0] + AIR - px, spot[3] - AIR - height * 0.22 - py];
        placed.push({ film, text, dx, dy, box: spot });
      }
      if (radius > SMALL) boxes.push([px - radius, py - radius, px + radius, py + radius]);
    }
    return placed;
  }

  /** Forgets what was measured: after the font has changed. */
  forget() {
    this.#widths.clear();
  }

  #width(film, text, context) {
    let width = this.#widths.get(film);
    if (width === undefined) {
      width = context.measureText(text).width;
      this.#widths.set(film, width);
    }
    return width;
  }
}

/** Boxes for a name, best first: right of the disc, left, below, above. */
function spots(x, y, radius, width, height) {
  const [w, h] = [width + 2 * AIR, height + 2 * AIR];
  const corners = [
    [x + radius, y - h / 2],
    [x - radius - w, y - h / 2],
    [x - w / 2, y + radius],
    [x - w / 2, y - radius - h],
  ];
  return corners.map(([left, top]) => [left, top, left + w, top + h]);
}

export function meet(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

function shortened(title) {
  return title.length <= LONGEST ? title : `${title.slice(0, LONGEST - 1).trimEnd()}…`;
}
