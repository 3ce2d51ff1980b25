// Pasted ratings: one film a line, "Heat = 4.5", "Heat (1995): 4½", "Heat 5/5", "Heat, 9/10".

const LINE = /^(.*?)[\s=:,;\t–—-]+(\d(?:[.,]5)?|\d?½|10)\s*(?:\/\s*(5|10))?\s*(?:★|stars?)?$/i;
const YEAR = /\s*\((\d{4})\)\s*$/;
export const MOST_LINES = 60;

/**
 * @param {string} text
 * @returns {{title: string, year: number | null, stars: number | null, line: string}[]} stars is
 *   null where none can be read, or where they are not halves from ½ to 5
 */
export function readLines(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, MOST_LINES).map(readLine);
}

function readLine(line) {
  const found = LINE.exec(line);
  const name = (found?.[1] ?? line).trim();
  const year = YEAR.exec(name);
  const of10 = found?.[3] === "10";
  let stars = found ? number(found[2]) / (of10 ? 2 : 1) : null;
  if (stars !== null && !(stars >= 0.5 && stars <= 5 && Number.isInteger(stars * 2))) stars = null;
  return { title: name.replace(YEAR, ""), year: year ? Number(year[1]) : null, stars, line };
}

function number(text) {
  if (text.endsWith("½")) return Number(text.slice(0, -1) || 0) + 0.5;
  return Number(text.replace(",", "."));
}
