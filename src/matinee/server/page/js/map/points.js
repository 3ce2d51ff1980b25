// The map's file as typed arrays laid over its bytes; docs/guide/map.md says what stands where.

const HEADER = 16;
const ROW = 19;
const MAGIC = 0x4d4e544d; // "MTNM", read little-endian
const MOST_FILMS = 2_000_000;

export const NO_GENRE = 255;

export class MapFormatError extends Error {}

/**
 * @param {ArrayBuffer} buffer what /api/v1/map/points sent
 * @returns {{count: number, genreCount: number, x: Float32Array, y: Float32Array,
 *   ratings: Uint32Array, means: Float32Array, years: Int16Array, genres: Uint8Array}}
 *   films in the order of their number of ratings, the most rated first
 */
export function readPoints(buffer) {
  if (buffer.byteLength < HEADER) throw new MapFormatError("The map is cut off.");
  const header = new DataView(buffer);
  if (header.getUint32(0, true) !== MAGIC) throw new MapFormatError("This is no map of films.");
  const version = header.getUint16(4, true);
  if (version !== 1 || header.getUint16(6, true) !== 0) {
    throw new MapFormatError(`The map has version ${version}; this page reads version 1.`);
  }
  const count = header.getUint32(8, true);
  if (count > MOST_FILMS) throw new MapFormatError(`The map names ${count} films: too many.`);
  if (buffer.byteLength !== HEADER + ROW * count) {
    throw new MapFormatError(`The map has ${buffer.byteLength} bytes, not ${HEADER + ROW * count}.`);
  }
  return {
    count,
    genreCount: header.getUint16(12, true),
    x: new Float32Array(buffer, HEADER, count),
    y: new Float32Array(buffer, HEADER + 4 * count, count),
    ratings: new Uint32Array(buffer, HEADER + 8 * count, count),
    means: new Float32Array(buffer, HEADER + 12 * count, count),
    years: new Int16Array(buffer, HEADER + 16 * count, count),
    genres: new Uint8Array(buffer, HEADER + 18 * count, count),
  };
}
