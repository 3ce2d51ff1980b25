import { h } from "../dom.js";

export default {
  title: "Film",
  async render(root) {
    root.append(h("h1", {}, "Film"));
  },
};
