// Tokens for programs; and for admins: invitations and who has an account.

import { api } from "../api.js";
import { BASE, h, icon } from "../dom.js";
import { fill } from "../elements/filling.js";
import { toast } from "../elements/toast.js";
import { field, form } from "./forms.js";

const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const when = (iso, otherwise) => (iso ? day.format(new Date(iso)) : otherwise);

/** What is shown once only: text to take away. */
function secret(text, said) {
  const copy = h("button", { class: "quiet", type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied.");
    } catch {
      toast("The browser does not let this page copy: mark the text and copy it yourself.", { kind: "error" });
    }
  } }, "Copy");
  return h("div", { class: "secret", role: "status" }, h("p", {}, said), h("code", {}, text), copy);
}

async function attempt(work) {
  try {
    await work();
  } catch (problem) {
    if (problem.name === "AbortError") return;
    if (problem.name !== "Problem") throw problem;
    toast(problem.message, { kind: "error" });
  }
}

export function tokens(signal) {
  const list = h("div", {});
  const made = h("div", {});
  const show = () => fill(list, signal, async () => {
    const { items } = await api.get("/account/tokens", {}, { signal });
    if (!items.length) return h("p", { class: "muted" }, "No token yet.");
    return h("table", { class: "table" },
      h("thead", {}, h("tr", {}, ["For", "Ends", "Last used", ""].map((name) => h("th", { scope: "col" }, name || h("span", { class: "sr-only" }, "Take back"))))),
      h("tbody", {}, items.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name),
        h("td", {}, when(one.expires, "never")), h("td", {}, when(one.last_used, "never")),
        h("td", {}, h("button", { class: "icon-button", type: "button", "aria-label": `Take the token ${one.name} back`,
          onclick: () => attempt(async () => {
            await api.delete(`/account/tokens/${one.token_id}`);
            toast(`The token ${one.name} no longer works.`);
            await show();
          }) }, icon("trash")))))));
  });
  show();
  return h("section", { class: "stack" }, h("h2", {}, "Tokens for programs"), list, made, h("details", {}, h("summary", {}, "A new token"), form([
    field({ name: "name", label: "What it is for", required: true, maxlength: "200", autocomplete: "off" }),
    field({ name: "days", label: "Days until it ends", type: "number", min: "1", max: "3650", value: "90", hint: "Empty: without an end" }),
  ], { action: "Make the token", kind: "quiet", send: async ({ name, days }, box) => {
    const answer = await api.post("/account/tokens", { name: name.trim(), ...(days ? { days: Number(days) } : {}) });
    made.replaceChildren(secret(answer.token, "The token is shown this once. Programs send it in the header “Authorization: Bearer …”."));
    box.reset();
    await show();
  } })));
}

export function invitations() {
  const made = h("div", {});
  return h("section", { class: "stack" }, h("h2", {}, "Invite somebody"), made, form([
    field({ name: "days", label: "Days it holds", type: "number", min: "1", max: "365", value: "14", required: true }),
  ], { action: "Make an invitation", kind: "quiet", send: async ({ days }) => {
    const { code } = await api.post("/admin/invitations", { days: Number(days) });
    made.replaceChildren(secret(`${location.origin}${BASE}/sign-in?invitation=${encodeURIComponent(code)}`, "One person can make an account with this link. It is shown this once."));
  } }));
}

export function accounts(signal, me) {
  const box = h("div", {});
  const show = () => fill(box, signal, async () => {
    const { items } = await api.get("/admin/accounts", {}, { signal });
    return h("table", { class: "table" },
      h("thead", {}, h("tr", {}, ["Login", "Name", "Since", "Admin", ""].map((name) => h("th", { scope: "col" }, name || h("span", { class: "sr-only" }, "Remove"))))),
      h("tbody", {}, items.map((one) => h("tr", {}, h("th", { scope: "row" }, one.login), h("td", {}, one.name), h("td", {}, when(one.created, "")),
        h("td", {}, h("button", { class: "chip", type: "button", "aria-pressed": String(one.is_admin), "aria-label": `${one.is_admin ? "yes" : "no"}: ${one.login} is an admin`,
          onclick: () => attempt(async () => {
            await api.put(`/admin/accounts/${one.person_id}`, { is_admin: !one.is_admin });
            await show();
          }) }, one.is_admin ? "yes" : "no")),
        h("td", {}, one.person_id === me.person_id ? null : h("button", { class: "icon-button", type: "button", "aria-label": `Remove the account ${one.login}`,
          onclick: () => sure(one, show) }, icon("trash")))))));
  });
  show();
  return h("section", { class: "stack" }, h("h2", {}, "Who has an account"), box);
}

function sure(account, show) {
  const dialog = h("dialog", { "aria-labelledby": "sure-title" }, h("div", { class: "stack" },
    h("h2", { id: "sure-title" }, `Remove ${account.login}?`),
    h("p", {}, "The account goes with all that this person said of films, for good."),
    h("p", { class: "row" },
      h("button", { class: "danger", type: "button", onclick: () => attempt(async () => {
        await api.delete(`/admin/accounts/${account.person_id}`);
        dialog.close();
        toast(`${account.login} is removed.`);
        await show();
      }) }, "Remove the account"),
      h("button", { class: "quiet", type: "button", autofocus: true, onclick: () => dialog.close() }, "Keep it"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
