"use strict";
// The page for programs, from the contract at /docs.json: every route, and a form to try it.

const place = (id) => document.getElementById(id);
const said = place("routes").dataset;
const shown = (value) => JSON.stringify(value, null, 2);

function made(tag, text, ...children) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

function exampleOf(part) {
  const json = part?.content?.["application/json"];
  return json && (json.example || Object.values(json.examples || {})[0]?.value);
}

function routeCard({ path, method, operation }) {
  const name = made("code", "", made("b", method.toUpperCase()), made("i", path));
  const card = made("details", "", made("summary", "", name, made("span", operation.summary)));
  const answers = made("dl");
  for (const [status, answer] of Object.entries(operation.responses)) {
    answers.append(made("dt", status), made("dd", answer.description));
  }
  card.append(made("p", operation.security ? said.key : said.open));
  const example = exampleOf(operation.responses["200"]);
  if (example) card.append(made("h3", said.example), made("pre", shown(example)));
  card.append(made("h3", said.answers), answers);
  return card;
}

function fillForm(routes) {
  const route = place("route");
  for (const { path, method } of routes) route.append(new Option(`${method.toUpperCase()} ${path}`));
  const fill = () => {
    const own = routes[route.selectedIndex];
    place("address").value = own.path;
    place("with-body").hidden = !own.operation.requestBody;
    place("body").value = own.operation.requestBody ? shown(exampleOf(own.operation.requestBody)) : "";
  };
  route.addEventListener("change", fill);
  fill();
  place("try").addEventListener("submit", (event) => {
    event.preventDefault();
    send(routes[route.selectedIndex]);
  });
}

async function showContract() {
  const contract = await (await fetch("/docs.json")).json();
  const routes = Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  place("routes").append(...routes.map(routeCard));
  fillForm(routes);
}

async function showState() {
  const answer = await fetch("/readyz");
  const text = answer.ok ? (await answer.text()).trim() : (await answer.json()).error.message;
  const state = place("state");
  state.className = text === "ready" ? "good" : "bad";
  state.textContent = text === "ready" ? state.dataset.ready : text;
}

async function send({ method, operation }) {
  const field = place("answer");
  field.hidden = false;
  field.textContent = "…";
  const key = place("key").value.trim();
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const body = operation.requestBody ? place("body").value : undefined;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  // Without the session of who is signed in: the key alone counts, as it does for a program.
  const answer = await fetch(place("address").value, {
    method: method.toUpperCase(), headers, body, credentials: "omit",
  });
  const isJson = (answer.headers.get("content-type") || "").startsWith("application/json");
  field.textContent = `${answer.status}\n${isJson ? shown(await answer.json()) : await answer.text()}`;
}

showState();
showContract();
