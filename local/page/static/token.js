// The token of the calls. It is held in this module's memory: no storage, no cookie, no URL, no element but its field.
import { byId, element, post } from "./common.js";

const LABELS = {
  reader: "Reader", editor: "Editor", expired: "Expired", "wrong-audience": "Wrong audience",
  malformed: "Malformed", none: "None", own: "Your own",
};
const WITH_SCOPES = ["reader", "editor", "expired", "wrong-audience"];
const SENDABLE = /^[\x21-\x7e]*$/; // what an Authorization header can carry after "Bearer "
const form = byId("kinds");
const boxes = () => [...form.querySelectorAll("#scopes input")];
const chosen = () => boxes().filter((box) => box.checked).map((box) => box.value);
let pending = null; // the newest choice: a promise of { token, label, problem }
let claims = null;

/** The token to send and its label; `problem` says why there is none. */
export const current = () => pending;

function decoded(part) {
  try {
    const bytes = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0))));
  } catch {
    return null;
  }
}

function span(seconds) {
  const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]
    .find(([, size]) => seconds >= 2 * size) ?? ["second", 1];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function showLifetime() {
  const left = typeof claims?.exp === "number" ? claims.exp - Date.now() / 1000 : null;
  byId("lifetime").textContent =
    left === null ? "No expiry to show." : left > 0 ? `Expires in ${span(left)}.` : `Expired ${span(-left)} ago.`;
}

function showToken({ token, label, problem }) {
  const parts = (token ?? "").split(".");
  const header = parts.length === 3 ? decoded(parts[0]) : null;
  claims = parts.length === 3 ? decoded(parts[1]) : null;
  const granted = typeof claims?.scope === "string" && claims.scope ? `scope ${claims.scope}` : "no scope";
  const kind = !token ? "no Authorization header" : claims ? granted : "not a JWT";
  byId("sends").textContent = problem ? `Calls are not sent: ${problem}` : `Calls send: ${label}, ${kind}.`;
  byId("header").textContent = header ? JSON.stringify(header, null, 2) : "-";
  byId("claims").textContent = claims ? JSON.stringify(claims, null, 2) : "-";
  showLifetime();
}

async function issue(kind, scopes) {
  const label = LABELS[kind];
  if (kind === "none") return { token: "", label };
  if (kind === "own") {
    const token = byId("own").value.trim().replace(/^(authorization: *)?bearer\s+/i, "");
    if (!token) return { label, problem: "paste a token first." };
    return SENDABLE.test(token) ? { token, label } : { label, problem: "the pasted text has spaces or line breaks." };
  }
  try {
    return { token: (await post("/token", { kind, scopes })).token, label };
  } catch (error) {
    return { label, problem: `no token could be issued (${error.message}).` };
  }
}

/** Issue the token of the chosen kind and scopes, and send it with the calls from now on. */
export async function renew() {
  const kind = form.elements.kind.value;
  byId("scopes").disabled = !WITH_SCOPES.includes(kind);
  const mine = (pending = issue(kind, chosen()));
  const issued = await mine;
  if (pending === mine) showToken(issued); // else a later choice has replaced it
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  const { name, value } = event.target;
  if (event.target.id === "own") return;
  // Reader and Editor are the same valid token, without scopes and with some: the choice follows the boxes.
  if (name === "kind" && ["reader", "editor"].includes(value)) {
    for (const box of boxes()) box.checked = value === "editor";
  } else if (name === "scope" && ["reader", "editor"].includes(form.elements.kind.value)) {
    form.elements.kind.value = chosen().length ? "editor" : "reader";
  }
  renew();
});
byId("own").addEventListener("input", () => {
  form.elements.kind.value = "own";
  renew();
});

/** Offer these scopes. A box that is ticked stays ticked. */
export function offer(scopes) {
  if (JSON.stringify(scopes) === JSON.stringify(boxes().map((box) => box.value)) && pending) return;
  const kept = chosen();
  const labels = scopes.map((scope) => {
    const label = element("label", "");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "scope", value: scope });
    box.autocomplete = "off";
    box.checked = kept.includes(scope);
    label.append(box, ` ${scope}`);
    return label;
  });
  byId("scopes").querySelector("div").replaceChildren(...(labels.length ? labels : ["No route requires one."]));
  renew();
}

setInterval(showLifetime, 1000);
