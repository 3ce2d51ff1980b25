// Nothing is at this address.

import { h } from "../dom.js";

export default {
  title: "No such page",
  styles: ["lost"],
  render(root) {
    root.append(h("div", { class: "ticket lost" },
      h("div", { class: "ticket-body" }, h("p", { class: "label ticket-label" }, "No such page"),
        h("h1", {}, "This seat does not exist"),
        h("p", {}, "Nothing is shown at this address. The programme is next door."),
        h("p", { class: "row" }, h("a", { class: "button", href: "/" }, "To tonight’s list"), h("a", { class: "quiet", href: "/start" }, "Start"))),
      h("div", { class: "ticket-stub" }, h("span", { class: "label" }, "Row"), h("b", {}, "404"))));
  },
};
