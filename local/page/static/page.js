// Follows the deployments of `make up`, and says on the strip what is wrong.
import { byId } from "./common.js";
import { showRoutes } from "./routes.js";
import { offer, renew } from "./token.js";

const EVERY = 1000; // milliseconds
let run = "";
let gone = false;

function say(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text; // a screen reader reads each change
}

function showState(found) {
  const live = found?.number ? `Deployment ${found.number} is live.` : "Nothing is deployed yet.";
  const problems = !found
    ? ["`make up` does not answer any more. Start it again: this page reconnects by itself."]
    : [
        found.failure && `The last change is not deployed: ${found.failure} ${live}`,
        found.issuerProblem &&
          `${found.issuerProblem} Protected routes answer 500 when the authorizer has to read its keys.`,
      ].filter(Boolean);
  const deploying = found?.deploying ? `Deploying a change. ${live}` : live;
  say("problem", problems.join(" "));
  say("state", problems.length ? "" : deploying);
  byId("strip").dataset.kind = problems.length ? "bad" : found.deploying ? "busy" : "good";
}

async function look() {
  const found = await fetch("/deployment").then((response) => (response.ok ? response.json() : null), () => null);
  // Another run serves the API at another port, which the policy of this document does not let it call.
  if (found && run && run !== found.run) location.reload();
  if (found) {
    run = found.run;
    byId("url").textContent = found.url || "...";
    showRoutes(found.url, found.routes);
    offer([...new Set(found.routes.flatMap((route) => route.scopes ?? []))].sort());
  }
  if (found && gone) renew(); // what was chosen meanwhile could not be issued
  gone = !found;
  showState(found);
  document.body.dataset.ready = ""; // shown at once, so that nothing moves while it is put together
  setTimeout(look, EVERY);
}

look();
