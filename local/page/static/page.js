// The token is held by Swagger UI and here, in memory: no storage, no cookie, no URL.
const byId = (id) => document.getElementById(id);
const SCHEME = "jwt"; // as in the document
const MOST_ANSWERS = 10;
const EVERY = 2000; // milliseconds
let ui, shown;
const sent = new Map(); // by route: the Authorization header of its last call

function element(tag, text, kind) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

const chosen = () => [...document.querySelectorAll("#scopes input:checked")].map((box) => box.value);

async function choose(event) {
  event.preventDefault();
  const kind = event.submitter.value;
  const user = byId("user").value;
  const scopes = chosen();
  if (kind === "none") {
    ui.authActions.logout([SCHEME]);
    byId("sent").textContent = "no token";
  } else if (kind === "garbage") {
    ui.preauthorizeApiKey(SCHEME, "garbage");
    byId("sent").textContent = "garbage for a token";
  } else {
    byId("sent").textContent = "...";
    const { token } = await post("/token", { user, scopes, expired: kind === "expired" });
    ui.preauthorizeApiKey(SCHEME, token);
    const granted = scopes.length ? scopes.join(" ") : "no scope";
    byId("sent").textContent = `${kind === "expired" ? "an expired token" : "a token"} of ${user}'s, ${granted}`;
  }
}

async function tell(path, method, result) {
  // Swagger UI has an error for an answer over 400, which holds it, and for one that the browser has kept from the page.
  const response = result.err ? result.err.response : result;
  const status = response?.status || 0;
  const authorization = sent.get(`${method} ${path}`) || "";
  const challenge = [response?.headers?.["www-authenticate"] ?? []].flat().join(", "); // split at commas by Swagger UI
  const good = status >= 200 && status < 300;
  const item = element("li", "", good ? "good" : "refused");
  const line = element("p", "");
  line.append(element("b", status || "unreadable"), " ", element("code", `${method.toUpperCase()} ${path}`));
  const reason = element("p", "...", "why");
  item.append(line, reason);
  if (challenge) item.append(element("p", `WWW-Authenticate: ${challenge}`, "quiet"));
  byId("nothing").hidden = true;
  byId("answers").prepend(item);
  byId("answers").children[MOST_ANSWERS]?.remove();
  try {
    reason.textContent = (await post("/why", { path, method: method.toUpperCase(), status, authorization })).why;
  } catch (error) {
    reason.textContent = `Why is not known: ${error.message}.`;
  }
}

const telling = () => ({
  // Its curl command would show the token.
  wrapComponents: { curl: () => () => null },
  statePlugins: {
    spec: {
      wrapActions: {
        setMutatedRequest: (original) => (path, method, request) => {
          sent.set(`${method} ${path}`, request.headers.Authorization);
          return original(path, method, request);
        },
        setResponse: (original) => (path, method, result) => {
          tell(path, method, result);
          return original(path, method, result);
        },
      },
    },
  },
});

function scopesOf(api) {
  const operations = Object.values(api.paths).flatMap((item) => Object.values(item));
  const all = operations.flatMap((operation) => operation.security.flatMap((needed) => Object.values(needed).flat()));
  return [...new Set(all)].sort();
}

function box(scope, checked) {
  const label = element("label", "");
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", value: scope, checked });
  label.append(input, ` ${scope}`);
  return label;
}

function show(deployment) {
  shown = deployment.number;
  byId("url").textContent = deployment.document.servers[0].url;
  const kept = chosen();
  const scopes = scopesOf(deployment.document).map((scope) => box(scope, kept.includes(scope)));
  byId("scopes").replaceChildren(...(scopes.length ? scopes : ["No route asks for one."]));
  if (ui) ui.specActions.updateSpec(JSON.stringify(deployment.document));
}

function start(deployment) {
  byId("origin").textContent = location.origin;
  byId("user").replaceChildren(...deployment.users.map((name) => element("option", name)));
  show(deployment);
  ui = window.SwaggerUIBundle({
    dom_id: "#api",
    spec: deployment.document,
    plugins: [telling],
    persistAuthorization: false,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: -1,
  });
  byId("caller").addEventListener("submit", choose);
}

async function look() {
  const response = await fetch("/deployment").catch(() => null);
  byId("gone").hidden = response !== null;
  if (response?.ok) {
    const deployment = await response.json();
    if (!ui) start(deployment);
    else if (deployment.number !== shown) show(deployment);
  }
  setTimeout(look, EVERY);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();
look();
