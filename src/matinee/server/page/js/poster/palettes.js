// Inks and papers for each genre: ground, title, and two more. Title on ground keeps 4.5:1.

const INK = {
  ink: "#1d1613", black: "#0f0c0d", cream: "#f4e7ca", white: "#fbf6ea", paper: "#ede0c8", sand: "#dcc195",
  red: "#cf3327", oxblood: "#751a1d", orange: "#ee7a2b", mustard: "#e3a823", yellow: "#f5cd45",
  olive: "#5a6130", forest: "#20493a", mint: "#a9d3b0", teal: "#1a646b", sky: "#90c6d8", blue: "#2353a3",
  navy: "#15224a", violet: "#4d3478", lilac: "#c9addb", pink: "#f0a0ab", magenta: "#b5235f",
  brown: "#5e371e", grey: "#9a958c", slate: "#38434c",
};

const SETS = {
  Action: "red white ink mustard, ink cream red orange, mustard ink red cream, orange black cream oxblood",
  Adventure: "teal cream mustard red, sand ink teal red, forest cream orange mustard, orange ink navy yellow",
  Animation: "yellow ink red sky, sky navy red yellow, pink navy yellow red, mint ink orange magenta",
  Children: "sky ink yellow red, yellow navy red mint, mint navy red yellow, cream blue red yellow",
  Comedy: "yellow ink red cream, pink ink red yellow, cream magenta teal mustard, orange ink yellow cream, mint ink red yellow",
  Crime: "ink cream red grey, cream ink red slate, slate cream yellow red, oxblood cream ink sand",
  Documentary: "paper ink red grey, white ink blue grey, slate white mustard sky, yellow ink white slate",
  Drama: "cream ink teal red, navy cream mustard red, oxblood cream pink ink, teal cream sand ink, sand oxblood ink teal, forest cream mustard mint, violet cream lilac mustard, sky navy cream red, mustard oxblood cream ink",
  Fantasy: "violet cream lilac yellow, navy lilac yellow mint, forest cream lilac mustard, lilac violet yellow white",
  "Film-Noir": "black cream grey slate, black yellow slate grey, grey black white slate, paper black slate grey",
  Horror: "black cream red oxblood, oxblood cream black red, cream black red oxblood, forest mint black red",
  Musical: "magenta cream yellow navy, navy yellow magenta pink, red white pink yellow, yellow navy magenta white",
  Mystery: "navy cream teal yellow, violet cream black mustard, slate cream teal mustard, navy yellow teal cream",
  Romance: "pink oxblood red cream, oxblood pink red cream, cream magenta pink oxblood, lilac oxblood magenta cream",
  "Sci-Fi": "navy sky orange cream, black mint teal orange, blue cream yellow navy, cream navy orange teal, sky navy orange white",
  Thriller: "orange black cream red, black orange red cream, slate cream red black, mustard black red cream, teal cream black orange",
  War: "olive cream ink mustard, sand ink olive red, brown cream sand black, paper oxblood olive ink",
  Western: "sand brown red ink, brown sand orange yellow, oxblood cream mustard brown, mustard brown cream red",
  "": "paper ink red teal, slate cream mustard red, mustard ink cream teal, teal cream red mustard",
};

// A film of many genres is painted by the one that says most.
const TELLING = ["Film-Noir", "Western", "Horror", "Musical", "Sci-Fi", "Animation", "Documentary", "Fantasy",
  "Mystery", "Crime", "Romance", "War", "Thriller", "Children", "Adventure", "Action", "Comedy", "Drama"];

/** The genre that a poster is painted for: "" when none of them is known. */
export function tellingGenre(genres) {
  return TELLING.find((genre) => genres?.includes(genre)) ?? "";
}

/** All sets of inks, as {genre, ground, title, first, second}. */
export function palettes() {
  return Object.entries(SETS).flatMap(([genre, sets]) => sets.split(", ").map((set) => {
    const [ground, title, first, second] = set.split(" ").map((name) => INK[name]);
    return { genre, ground, title, first, second };
  }));
}

/** {ground, title, first, second} as colours. */
export function palette(genre, random) {
  const sets = ALL.filter((set) => set.genre === genre);
  return sets[Math.floor(random() * sets.length)];
}

const ALL = palettes();

/** A genre's colour, for charts and the map: the second ink of its first set. */
export function genreColour(genre) {
  return INK[(SETS[genre] ?? SETS[""]).split(", ")[0].split(" ")[2]];
}
