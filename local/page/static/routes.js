// The routes: a card each, with the call's form and, directly below it, the answer.
import { byId, element, post } from "./common.js";
import { current } from "./token.js";

const KEPT = 8; // calls in the history
const EXAMPLE = '{"type": "gecko", "price": 12.5}'; // what the local backend takes
const cards = new Map(); // by route, as JSON
let url = "";

function badge({ scopes }) {
  if (scopes === null) return ["public", "public"];
  return scopes.length ? [scopes.join(" "), "scoped"] : ["any token", "token"];
}

function field(name, kind, value) {
  const label = element("label", "");
  const input = document.createElement(kind === "body" ? "textarea" : "input");
  Object.assign(input, { name, value, autocomplete: "off", spellcheck: false });
  input.dataset.kind = kind;
  label.append(element("span", kind === "body" ? "JSON body" : `${name} (${kind})`), input);
  return label;
}

/** The request that a card's form describes: what fetch takes, and the URL. */
function request(route, form, token) {
  const inputs = [...form.querySelectorAll("[data-kind]")];
  const value = (kind, name) => inputs.find((each) => each.dataset.kind === kind && each.name === name)?.value ?? "";
  const path = route.path.replace(/\{([^}]+)\}/g, (_, name) => {
    const encoded = encodeURIComponent(value("path", name));
    return name.endsWith("+") ? encoded.replaceAll("%2F", "/") : encoded;
  });
  const query = route.query.map((name) => [name, value("query", name)]).filter(([, given]) => given);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (route.body) headers["Content-Type"] = "application/json";
  return {
    address: url + path + (query.length ? `?${new URLSearchParams(query)}` : ""),
    options: { method: route.method, headers, ...(route.body ? { body: value("body", "body") } : {}) },
  };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl({ address, options }) {
  const words = ["curl", "--include", "--request", options.method, quoted(address)];
  if (options.method === "HEAD") words.splice(1, 3, "--head");
  for (const [name, value] of Object.entries(options.headers)) words.push("--header", quoted(`${name}: ${value}`));
  if (options.body !== undefined) words.push("--data", quoted(options.body));
  return words.join(" ");
}

function readable(text, type) {
  try {
    return /json/.test(type) ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    return text;
  }
}

/** Make the call. A status of 0: the browser shows no response. */
async function call({ address, options }) {
  const started = performance.now();
  try {
    const response = await fetch(address, { ...options, credentials: "omit", cache: "no-store" });
    const text = await response.text();
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const body = readable(text, response.headers.get("Content-Type") ?? "");
    return { status: response.status, words: response.statusText, body, headers, took: performance.now() - started };
  } catch {
    return { status: 0, words: "", body: "", headers: "", took: performance.now() - started };
  }
}

function remember(status, route, label, why) {
  const item = element("li", "", kindOf(status));
  const time = new Date().toTimeString().slice(0, 8);
  item.append(
    element("b", status || "No response"), " ", element("code", `${route.method} ${route.path}`),
    element("span", ` ${time}, ${label}`, "quiet"), element("span", why, "reason"),
  );
  const list = byId("history").querySelector("ol");
  list.prepend(item);
  list.children[KEPT]?.remove();
  byId("no-history").hidden = true;
}

const kindOf = (status) => (status >= 200 && status < 400 ? "good" : "bad");

async function send(route, card) {
  const at = (name) => card.querySelector(`.${name}`);
  const show = (kind, texts) => {
    at("answer").dataset.kind = kind;
    for (const name of ["status", "why", "fix", "facts", "body", "headers"]) at(name).textContent = texts[name] ?? "";
  };
  show("waiting", { status: "Sending ..." });
  at("outcome").scrollIntoView({ block: "nearest" });
  const { token, label, problem } = await current();
  if (problem) return show("bad", { status: "Not sent", why: `Calls are not sent: ${problem}` });
  const answer = await call(request(route, card.querySelector("form"), token));
  const { method, path } = route;
  const texts = {
    status: answer.status ? `${answer.status} ${answer.words}` : "No response",
    facts: `${method} ${path}, token: ${label}, ${Math.round(answer.took)} ms`,
    body: answer.body,
    headers: answer.headers,
  };
  show(kindOf(answer.status), { ...texts, why: "Looking up the reason ..." });
  const authorization = token ? `Bearer ${token}` : "";
  const { why, fix } = await post("/why", { method, path, status: answer.status, authorization }).catch(
    (error) => ({ why: `The reason is not known (${error.message}).` }),
  );
  show(kindOf(answer.status), { ...texts, why, fix });
  at("outcome").scrollIntoView({ block: "nearest" });
  remember(answer.status, route, label, why);
}

async function copy(route, card) {
  const said = card.querySelector(".copied");
  const { token, problem } = await current();
  try {
    if (problem) throw new Error(problem);
    await navigator.clipboard.writeText(curl(request(route, card.querySelector("form"), token)));
    said.textContent = token ? "Copied, with the token." : "Copied.";
  } catch (error) {
    said.textContent = `Not copied: ${error.message}`;
  }
}

function made(route) {
  const card = byId("route").content.cloneNode(true).firstElementChild;
  const at = (name) => card.querySelector(`.${name}`);
  const title = `${route.method} ${route.path}`;
  const [text, kind] = badge(route);
  at("method").textContent = route.method;
  at("path").textContent = route.path;
  at("summary").textContent = route.summary;
  at("badge").append(element("span", "Requires ", "unseen"), text);
  at("badge").classList.add(kind);
  at("answer").setAttribute("aria-label", `Answer to ${title}`);
  at("body").setAttribute("aria-label", `Body of the answer to ${title}`);
  at("headers").setAttribute("aria-label", `Headers of the answer to ${title}`);
  at("fields").append(
    ...route.parameters.map((name) => field(name, "path", "1")),
    ...route.query.map((name) => field(name, "query", "")),
    ...(route.body ? [field("body", "body", EXAMPLE)] : []),
  );
  let busy = false;
  card.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    await send(route, card).finally(() => { busy = false; });
  });
  at("copy").addEventListener("click", () => copy(route, card));
  return card;
}

/** Show the routes at this URL. A card stays as it is while its route does not change. */
export function showRoutes(address, routes) {
  url = address;
  const wanted = routes.map((route) => [JSON.stringify(route), route]);
  const same = wanted.length === cards.size && wanted.every(([key]) => cards.has(key));
  if (same) return;
  const kept = new Map(cards);
  cards.clear();
  for (const [key, route] of wanted) cards.set(key, kept.get(key) ?? made(route));
  byId("routes").replaceChildren(...cards.values());
  const open = [...cards.values()].some((card) => card.open);
  const first = routes.findIndex((route) => route.scopes !== null); // a call that needs a token
  if (!open && first >= 0) [...cards.values()][first].open = true;
}
