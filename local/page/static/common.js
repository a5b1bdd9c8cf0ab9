// What the other modules share: elements by id, new elements, and questions to this page's server.
export function byId(id) {
  return document.getElementById(id);
}

export function element(tag, text, kind) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

export async function post(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options).catch(() => null);
  if (!response) throw new Error("`make up` does not answer");
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}
