// Forms of the account pages: labelled fields, problems beside what they are about.

import { h } from "../dom.js";

let made = 0;

/** A labelled input: {name, label, type, autocomplete, hint, …attributes}. */
export function field({ name, label, hint, value, ...attributes }) {
  const id = `field-${++made}`;
  const input = h("input", { class: "input", id, name, type: "text", "aria-describedby": `${id}-said`, ...attributes });
  if (value) input.defaultValue = value;
  return h("div", { class: "field", dataset: { field: name } }, h("label", { for: id }, label), input,
    h("small", { class: "muted", id: `${id}-said` }, hint ?? ""));
}

/**
 * A form that sends its values as an object. `send` may throw a Problem: its errors go beside their
 * fields, the rest above the button, and the form stays as it is.
 *
 * @param {HTMLElement[]} fields
 * @param {{action: string, kind?: string, send: (values: Record<string, string>, form: HTMLFormElement) => Promise<void>}} options
 */
export function form(fields, { action, kind = "button", send }) {
  const wrong = h("p", { class: "field-error", role: "alert" });
  const button = h("button", { class: kind, type: "submit" }, action);
  const box = h("form", { class: "stack account-form", novalidate: true }, fields, wrong, h("p", {}, button));
  box.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    for (const one of box.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    const amiss = [...box.elements].find((one) => one.name && lack(one));
    if (amiss) {
      wrong.textContent = `${label(box, amiss.name)} ${lack(amiss)}.`;
      amiss.setAttribute("aria-invalid", "true");
      amiss.focus();
      return;
    }
    button.disabled = true;
    try {
      await send(Object.fromEntries(new FormData(box)), box);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.name !== "Problem") throw problem;
      tell(box, wrong, problem);
    } finally {
      button.disabled = false;
    }
  });
  return box;
}

/** What a field lacks, in words; null where it may be sent. */
function lack(input) {
  if (input.required && !input.value.trim()) return "is missing";
  if (input.minLength > 0 && input.value && input.value.length < input.minLength) return `needs ${input.minLength} characters at least`;
  if (input.type === "number" && !input.validity.valid) return `must be a whole number from ${input.min} to ${input.max}`;
  return null;
}

function tell(box, wrong, problem) {
  const about = problem.errors.map(({ field: path, detail }) => [String(path).split(".").at(-1), detail]);
  const placed = about.filter(([name]) => box.elements.namedItem(name));
  for (const [name] of placed) box.elements.namedItem(name).setAttribute("aria-invalid", "true");
  wrong.textContent = placed.length
    ? placed.map(([name, detail]) => `${label(box, name)}: ${detail}`).join(". ")
    : problem.message;
  (placed.length ? box.elements.namedItem(placed[0][0]) : box.querySelector("input"))?.focus();
}

function label(box, name) {
  return box.querySelector(`[data-field="${name}"] label`)?.textContent ?? name;
}
