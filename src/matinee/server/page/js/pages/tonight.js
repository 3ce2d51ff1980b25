import { h } from "../dom.js";

export default {
  title: "Tonight",
  async render(root) {
    root.append(h("h1", {}, "Tonight"));
  },
};
