// Talking to /api/v1: one fetch wrapper, one error shape, and word of when the server is away.

import { BASE } from "./dom.js";

const ROOT = `${BASE}/api/v1`;
const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** An answer that was not a success: RFC 9457's fields, or status 0 when nothing answered. */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = null) {
    super(body.detail ?? body.title ?? `The server answered ${status}.`);
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? (status ? `http-${status}` : "unreachable");
    this.body = body;
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

/** Tells `reachable` (boolean) when the server goes away or comes back. */
export const line = new EventTarget();
let reachable = true;

function setReachable(value) {
  if (value === reachable) return;
  reachable = value;
  line.dispatchEvent(new CustomEvent("change", { detail: value }));
}

// The version of the model whose films the page shows. Ids may mean other films to another model: the
// page is then read anew, and what was still sent for the old one is refused.
let model = null;

function compareModel(response) {
  const now = response.headers.get("Matinee-Model");
  if (now === null) return;
  model ??= now;
  if (now !== model) location.reload();
}

let sessionAsked = null;

/** What the server knows of who is asking; asked once. */
export function session() {
  sessionAsked ??= send("GET", "/session").then(
    (answer) => remember(answer.data),
    (problem) => {
      sessionAsked = null;
      throw problem;
    },
  );
  return sessionAsked;
}

/** Keep a session's answer (also that of signing in). */
export function remember(data) {
  sessionAsked = Promise.resolve(data);
  return data;
}

async function send(method, path, { body, signal, headers = {}, raw = false } = {}) {
  const options = { method, signal, headers: { Accept: "application/json", ...headers } };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  if (UNSAFE.has(method) && model) options.headers["Matinee-Model"] = model;
  let response;
  try {
    response = await fetch(ROOT + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    setReachable(false);
    throw new Problem(0, { detail: "Matinee does not answer. Is “matinee serve” still running?" });
  }
  setReachable(true);
  compareModel(response);
  if (response.ok && raw) return { data: response, response };
  const text = await response.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    throw new Problem(response.status, { detail: "The server’s answer could not be read." });
  }
  if (!response.ok) {
    const wait = Number(response.headers.get("Retry-After"));
    throw new Problem(response.status, data ?? {}, Number.isFinite(wait) && wait > 0 ? wait : null);
  }
  return { data, response };
}

async function call(method, path, options = {}) {
  try {
    return (await send(method, path, options)).data;
  } catch (problem) {
    if (problem.code === "not-signed-in") {
      dispatchEvent(new CustomEvent("matinee:signed-out"));
    }
    throw problem;
  }
}

/** `?a=1&b=x` of an object, without what is empty; "" of an empty one. */
export function query(values) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") continue;
    for (const one of [value].flat()) params.append(name, one);
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}

export const api = {
  get: (path, values = {}, options) => call("GET", path + query(values), options),
  post: (path, body, options) => call("POST", path, { ...options, body }),
  put: (path, body, options) => call("PUT", path, { ...options, body }),
  delete: (path, body, options) => call("DELETE", path, { ...options, body }),
  /** The bare Response, for binaries. */
  raw: (path, options) => call("GET", path, { ...options, raw: true }),
};

/** Ask until the server is back; then say so through `line`. */
let probing = 0;
line.addEventListener("change", ({ detail }) => {
  clearInterval(probing);
  if (!detail) probing = setInterval(() => send("GET", "/health").catch(() => {}), 3000);
});
