// Models and figures in plain words.

export const ABOUT = {
  blend: "a mix of models",
  "ease-short": "the same, for people who told little (ease-short)",
  taste: "the genres and decades you like beyond chance (taste)",
  ease: "films that the same people rate alike (ease)",
  "item-knn": "the nearest films to yours (item-knn)",
  "user-knn": "people whose taste is nearest to yours (user-knn)",
  content: "films of like genres and tags (content)",
  popular: "what most people like (popular)",
  bias: "how well each film is liked by all (bias)",
  svd: "hidden traits of films and people (svd)",
  mf: "hidden traits of films and people (mf)",
  bayes: "hidden traits, with their uncertainty (bayes)",
  als: "hidden traits of films and people (als)",
  "explicit-als": "hidden traits of films and people (explicit-als)",
  dot: "a small neural network (dot)",
  mlp: "a neural network (mlp)",
  vae: "a neural network of whole profiles (vae)",
  sequence: "the order in which people watch (sequence)",
};

export const FIGURES = {
  recall: "share of the films they liked that the list had",
  precision: "share of the list that they liked",
  ndcg: "how much of what they liked stands in the list, the top counting most; 1 is best",
  map: "how high liked films stand on average; 1 is best",
  mrr: "how high the first liked film stands; 1 is the very top",
  hit_rate: "share of people with at least one hit",
  rmse: "how far predicted stars are off, large errors counting more",
  mae: "how far predicted stars are off on average",
  coverage: "share of all films that anybody is shown",
  novelty: "how little known the films of the list are",
  diversity: "how different the films of a list are from each other",
  gini: "how unevenly films are shown; 0 is all alike",
};
