// Matinee in the browser. No build step, no framework: modules, custom elements, the History API.
// README.md beside the folders of the page tells the conventions.

import { line, session } from "./api.js";
import { $, announce, BASE, h, icon } from "./dom.js";
import { store } from "./store.js";
import "./elements/film-search.js";
import { errorState, loadingState } from "./elements/states.js";
import { toast } from "./elements/toast.js";

const ROUTES = [
  ["/", () => import("./pages/tonight.js"), "Tonight"],
  ["/start", () => import("./pages/start.js"), "Start"],
  ["/map", () => import("./pages/map.js"), "Map"],
  ["/films", () => import("./pages/films.js"), "My films"],
  ["/together", () => import("./pages/together.js"), "Together"],
  ["/behind", () => import("./pages/behind.js"), "Behind the list"],
  ["/film/:id", () => import("./pages/film.js")],
  ["/sign-in", () => import("./pages/account.js").then((m) => ({ default: m.signIn }))],
  ["/account", () => import("./pages/account.js")],
];

const LOST = { load: () => import("./pages/lost.js") };

/** A path of this site without the one of a proxy before it. */
const inside = (path) => path.startsWith(BASE) ? path.slice(BASE.length) || "/" : path;

const here = () => inside(location.pathname);

function match(path) {
  for (const [pattern, load, name] of ROUTES) {
    const names = [];
    const source = pattern.replace(/:(\w+)/g, (_, one) => (names.push(one), "([^/]+)"));
    const found = new RegExp(`^${source}/?$`).exec(path);
    if (found) {
      const params = {};
      try {
        names.forEach((one, i) => (params[one] = decodeURIComponent(found[i + 1])));
      } catch {
        return null;
      }
      return { load, name, params };
    }
  }
  return null;
}

const sheets = new Map();

function loadSheet(name) {
  if (!sheets.has(name)) {
    const link = h("link", { rel: "stylesheet", href: `/assets/css/${name}.css` });
    // A sheet that does not come leaves a plain page, which is better than none.
    sheets.set(name, new Promise((done) => {
      link.onload = done;
      link.onerror = done;
    }));
    document.head.append(link);
  }
  return sheets.get(name);
}

let leaving = new AbortController();

async function show({ focus = true } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const path = here();
  const route = match(path);
  const root = h("div", { class: "page-inner" });
  const main = $("#page");
  const setTitle = (text) => {
    if (!signal.aborted) document.title = text ? `${text} – Matinee` : "Matinee";
  };
  markNav(path);
  document.body.dataset.page = route ? path.split("/")[1] || "tonight" : "lost";
  const waiting = setTimeout(() => !signal.aborted && main.replaceChildren(loadingState()), 250);
  try {
    const loading = (route ?? LOST).load();
    loading.catch(() => {}); // Awaited below; who is asking comes first.
    const who = route ? await session() : null;
    if (who?.accounts && !who.person && path !== "/sign-in") {
      go(`/sign-in?next=${encodeURIComponent(path + location.search)}`, { replace: true });
      return;
    }
    const { default: page } = await loading;
    await Promise.all((page.styles ?? []).map(loadSheet));
    if (signal.aborted) return;
    setTitle(page.title);
    await page.render(root, {
      params: route?.params, query: new URLSearchParams(location.search), signal, go, setTitle,
      session: who,
    });
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    if (error.name !== "Problem") console.error(error);
    root.replaceChildren(error.code === "not-ready"
      ? (await import("./elements/training.js")).trainingState(error, () => show())
      : errorState(error, () => show()));
  } finally {
    clearTimeout(waiting);
  }
  if (signal.aborted) return;
  main.replaceChildren(root);
  if (focus) {
    const heading = $("h1", root);
    if (heading && !root.contains(document.activeElement)) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    announce(document.title);
  }
}

/** To another page of Matinee. */
export function go(path, { replace = false } = {}) {
  if (replace) history.replaceState({}, "", BASE + path);
  else if (path !== here() + location.search) {
    history.replaceState({ ...history.state, y: scrollY }, "");
    history.pushState({}, "", BASE + path);
  }
  scrollTo(0, 0);
  return show();
}

addEventListener("popstate", async (event) => {
  await show();
  scrollTo(0, event.state?.y ?? 0);
});

addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.hash && link.pathname === location.pathname) return;
  if (!link.pathname.startsWith(BASE) || !match(inside(link.pathname))) return;
  event.preventDefault();
  go(inside(link.pathname) + link.search);
});

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  if (at?.matches("input:not([type=range], [type=checkbox], [type=radio]), textarea, select")) return;
  event.preventDefault();
  $("#search").focusInput();
});

addEventListener("matinee:signed-out", () => {
  if (here() !== "/sign-in") {
    go(`/sign-in?next=${encodeURIComponent(here() + location.search)}`);
  }
});

// ------------------------------------------------------------------------------ the frame

function markNav(path) {
  for (const link of $("#nav").querySelectorAll("a")) {
    if (link.getAttribute("href") === BASE + path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const now = $("#nav [aria-current]");
  now?.scrollIntoView?.({ block: "nearest", inline: "center" });
}

function themeButton() {
  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const button = h("button", { class: "tool", type: "button" });
  const draw = () => {
    const name = dark() ? "Light theme" : "Dark theme";
    button.replaceChildren(icon(dark() ? "sun" : "moon"));
    button.setAttribute("aria-label", name);
    button.title = name;
  };
  button.addEventListener("click", () => {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("matinee-theme", theme);
    } catch {
      // Storage may be refused; the theme then lasts as long as the page.
    }
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
  return button;
}

async function frame() {
  $("#nav").replaceChildren(...ROUTES.filter((r) => r[2]).map(([href, , name]) =>
    h("a", { href }, name)));
  $("#search").addEventListener("choose", ({ detail }) => go(`/film/${encodeURIComponent(detail.movie_id)}`));
  const tools = $("#tools");
  tools.replaceChildren(themeButton());
  $("#foot").replaceChildren(h("p", {},
    "Matinee learns from ratings and keeps them on this machine. ",
    h("a", { href: "/behind" }, "How the list is made"), "."));
  try {
    const who = await session();
    if (who.accounts && who.person) {
      const [first] = who.person.name.trim() || "?";
      tools.prepend(h("a", { class: "tool tool-wide", href: "/account", "aria-label": `${who.person.name}, your account` },
        h("span", { class: "tool-name" }, who.person.name), h("span", { class: "tool-first", "aria-hidden": "true" }, first)));
    }
    if (who.attribution?.tmdb) $("#foot").append(h("p", {}, who.attribution.tmdb));
  } catch {
    // The page itself says what is wrong.
  }
}

line.addEventListener("change", ({ detail: reachable }) => {
  const banner = $("#banner");
  if (!reachable) {
    banner.hidden = false;
    banner.textContent = "Matinee does not answer at the moment. What you see is from before; it is asked again every few seconds.";
  } else {
    banner.hidden = true;
    banner.textContent = "";
    toast("Matinee answers again.");
    store.reset();
  }
});

// Posters are measured in this face; a network that does not bring it holds nothing up for long.
await Promise.race([
  document.fonts.load("700 100px Marquee").catch(() => {}),
  new Promise((resolve) => setTimeout(resolve, 1500)),
]);
frame();
show({ focus: false });
