import { h } from "../dom.js";

export default {
  title: "Start",
  async render(root) {
    root.append(h("h1", {}, "Start"));
  },
};
