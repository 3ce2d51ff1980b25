// Signing in and up, and one's account: name, password, tokens, and what an admin does.

import { api, remember, session as askSession } from "../api.js";
import { field, form } from "../account/forms.js";
import { accounts, invitations, tokens } from "../account/sections.js";
import { BASE, h } from "../dom.js";
import { toast } from "../elements/toast.js";
import { store } from "../store.js";

const SIGN_UP = {
  open: "No account yet? Anybody may make one here.",
  invitation: "No account yet? With an invitation you can make one.",
  closed: "New accounts are made by the one who runs this Matinee.",
};

/** Where to go after signing in: only ever a path of this site. */
function next(query) {
  const path = query.get("next") ?? "/";
  return path.startsWith("/") && !path.startsWith("//") && !path.startsWith("/\\") ? path : "/";
}

/** The frame shows who is signed in, so the page starts anew with another person. */
function enter(data, path) {
  remember(data);
  store.reset();
  location.assign(BASE + path);
}

export const signIn = {
  title: "Sign in",
  styles: ["tables", "account"],
  async render(root, { query, session, go }) {
    if (!session.accounts || session.person) {
      await go(session.person && session.accounts ? "/account" : "/", { replace: true });
      return;
    }
    const path = next(query);
    const parts = [h("h1", {}, "Sign in"), form([
      field({ name: "login", label: "Login", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false", maxlength: "100" }),
      field({ name: "password", label: "Password", type: "password", autocomplete: "current-password", required: true, maxlength: "256" }),
    ], { action: "Sign in", send: async ({ login, password }) => enter(await api.post("/session", { login: login.trim(), password }), path) })];
    const up = h("section", { class: "stack" }, h("p", {}, SIGN_UP[session.sign_up]));
    if (session.sign_up !== "closed") up.append(signUpForm(session.sign_up, query.get("invitation"), path));
    root.append(h("div", { class: "foyer" }, h("div", { class: "foyer-ticket" }, parts), up));
  },
};

function signUpForm(kind, invitation, path) {
  const fields = [
    field({ name: "login", label: "Login", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false", maxlength: "100", hint: "What you sign in with" }),
    field({ name: "name", label: "Your name", autocomplete: "name", maxlength: "200", hint: "What others here call you; may stay empty" }),
    field({ name: "password", label: "New password", type: "password", autocomplete: "new-password", required: true, minlength: "8", maxlength: "256", hint: "8 characters at least, of any kind" }),
  ];
  if (kind === "invitation") {
    fields.unshift(field({ name: "invitation", label: "Invitation", required: true, autocomplete: "off", spellcheck: "false", maxlength: "100", value: invitation ?? "" }));
  }
  return h("details", { open: Boolean(invitation) }, h("summary", {}, "Make an account"), form(fields, {
    action: "Make the account",
    send: async ({ login, name, password, invitation: code }) => enter(await api.post("/accounts", {
      login: login.trim(), password, ...(name.trim() ? { name: name.trim() } : {}), ...(code ? { invitation: code.trim() } : {}),
    }), path),
  }));
}

export default {
  title: "Account",
  styles: ["tables", "account"],
  async render(root, { session, signal }) {
    if (!session.accounts) {
      root.append(h("h1", {}, "Account"), h("p", { class: "lead" }, "There are no accounts here: all who reach this Matinee are one person. ",
        h("code", {}, "matinee serve --accounts"), " gives each their own."));
      return;
    }
    const me = await api.get("/account", {}, { signal });
    const sections = [
      h("section", { class: "stack" }, h("h2", {}, "You"), form([
        field({ name: "name", label: "Name", autocomplete: "name", required: true, maxlength: "200", value: me.name }),
      ], { action: "Change the name", kind: "quiet", send: async ({ name }) => {
        await api.put("/account", { name: name.trim() });
        await askSession({ fresh: true });
        toast("Your name is changed.");
      } }), h("p", {}, h("button", { class: "button", type: "button", onclick: signOut }, "Sign out"))),
      h("section", { class: "stack" }, h("h2", {}, "Password"), form([
        // Password managers ask for the login beside a new password.
        h("input", { type: "text", name: "username", autocomplete: "username", value: me.login, hidden: true }),
        field({ name: "old", label: "Old password", type: "password", autocomplete: "current-password", required: true, maxlength: "256" }),
        field({ name: "new", label: "New password", type: "password", autocomplete: "new-password", required: true, minlength: "8", maxlength: "256", hint: "8 characters at least; you are signed out everywhere else" }),
      ], { action: "Change the password", kind: "quiet", send: async ({ old, new: fresh }, box) => {
        remember(await api.put("/account/password", { old, new: fresh }));
        box.reset();
        toast("Your password is changed.");
      } })),
      tokens(signal),
    ];
    if (me.is_admin) sections.push(invitations(), accounts(signal, me));
    sections.push(removal());
    root.append(h("header", { class: "account-head" }, h("h1", {}, "Account"), h("p", { class: "lead" }, `You are ${me.login}${me.is_admin ? ", an admin" : ""}.`)),
      h("div", { class: "account" }, sections));
  },
};

async function signOut() {
  try {
    await api.delete("/session");
    store.reset();
    location.assign(`${BASE}/sign-in`);
  } catch (problem) {
    if (problem.name !== "Problem") throw problem;
    toast(problem.message, { kind: "error" });
  }
}

function removal() {
  return h("section", { class: "stack" }, h("h2", {}, "Remove the account"),
    h("details", {}, h("summary", {}, "With all that you said of films, for good …"), form([
      field({ name: "password", label: "Your password, to be sure", type: "password", autocomplete: "current-password", required: true, maxlength: "256" }),
    ], { action: "Remove my account", kind: "danger", send: async ({ password }) => {
      await api.delete("/account", { password });
      location.assign(`${BASE}/sign-in`);
    } })));
}
