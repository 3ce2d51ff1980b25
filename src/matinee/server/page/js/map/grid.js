// Films by place: which of them is under the pointer.

export class Grid {
  /**
   * @param {Float32Array} x from -1 to 1
   * @param {Float32Array} y from -1 to 1
   */
  constructor(x, y) {
    this.x = x;
    this.y = y;
    this.side = Math.max(1, Math.min(256, Math.round(Math.sqrt(x.length / 4))));
    const { side } = this;
    const cells = new Uint16Array(x.length);
    this.starts = new Uint32Array(side * side + 1);
    for (let i = 0; i < x.length; i++) {
      cells[i] = this.#cell(x[i]) + side * this.#cell(y[i]);
      this.starts[cells[i] + 1]++;
    }
    for (let c = 0; c < side * side; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice(0, -1);
    this.films = new Uint32Array(x.length);
    for (let i = 0; i < x.length; i++) this.films[next[cells[i]]++] = i;
  }

  #cell(v) {
    return Math.max(0, Math.min(this.side - 1, Math.floor(((v + 1) / 2) * this.side)));
  }

  /** Calls `visit(film)` for every film in or near a rectangle of the map. */
  visit(left, bottom, right, top, visit) {
    const { side, starts, films } = this;
    const [x0, x1, y0, y1] = [left, right, bottom, top].map((v) => this.#cell(v));
    for (let row = y0; row <= y1; row++) {
      const end = starts[row * side + x1 + 1];
      for (let k = starts[row * side + x0]; k < end; k++) visit(films[k]);
    }
  }

  /**
   * The film whose disc is nearest to a place; -1 where none is within `reach`.
   *
   * @param {number} reach from the rim of a disc, in units of the map
   * @param {number} largest radius of any disc
   * @param {(film: number) => number} radius of a film's disc
   * @param {(film: number) => boolean} allowed
   */
  nearest(px, py, reach, largest, radius, allowed) {
    let found = -1;
    let least = Infinity;
    const wide = reach + largest;
    this.visit(px - wide, py - wide, px + wide, py + wide, (film) => {
      const gap = Math.hypot(this.x[film] - px, this.y[film] - py) - radius(film);
      if (gap < least && gap < reach && allowed(film)) {
        least = gap;
        found = film;
      }
    });
    return found;
  }
}
