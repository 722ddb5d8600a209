"use strict";

const isChinese = navigator.language.toLowerCase().startsWith("zh");
const WORDS = isChinese
  ? { ready: "可以应答", refusals: "应答与拒绝", example: "示例", key: "需要密钥", open: "无需密钥" }
  : { ready: "ready", refusals: "Answers and refusals", example: "Example", key: "needs a key",
      open: "needs no key" };
const place = (id) => document.getElementById(id);

function made(tag, text, ...children) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

function shown(value) {
  return JSON.stringify(value, null, 2);
}

function exampleOf(content) {
  const json = content && content["application/json"];
  return json && (json.example || Object.values(json.examples || {})[0]?.value);
}

function routeCard(path, method, operation) {
  const card = made("article", "", made("h3", `${method.toUpperCase()} ${path}`));
  card.append(made("p", operation.summary));
  card.append(made("p", operation.security ? WORDS.key : WORDS.open));
  const answers = made("dl");
  for (const [status, answer] of Object.entries(operation.responses)) {
    answers.append(made("dt", status), made("dd", answer.description));
  }
  card.append(made("details", "", made("summary", WORDS.refusals), answers));
  const example = exampleOf(operation.responses["200"].content);
  if (example) {
    card.append(made("details", "", made("summary", WORDS.example), made("pre", shown(example))));
  }
  return card;
}

function fillForm(posts) {
  const route = place("route");
  for (const path of Object.keys(posts)) route.append(new Option(`POST ${path}`, path));
  const fill = () => { place("body").value = shown(posts[route.value]); };
  route.addEventListener("change", fill);
  fill();
}

async function showContract() {
  const contract = await (await fetch("/docs.json")).json();
  const posts = {};
  for (const [path, methods] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      place("routes").append(routeCard(path, method, operation));
      if (method === "post") posts[path] = exampleOf(operation.requestBody.content);
    }
  }
  fillForm(posts);
}

async function showState() {
  const answer = await fetch("/readyz");
  const state = place("state");
  const said = answer.ok ? (await answer.text()).trim() : (await answer.json()).error.message;
  state.className = said === "ready" ? "good" : "bad";
  state.textContent = said === "ready" ? WORDS.ready : said;
}

async function send(event) {
  event.preventDefault();
  const shownAnswer = place("answer");
  shownAnswer.hidden = false;
  shownAnswer.textContent = "…";
  const answer = await fetch(place("route").value, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Bearer ${place("key").value.trim()}`,
    },
    body: place("body").value,
  });
  shownAnswer.textContent = `${answer.status}\n${shown(await answer.json())}`;
}

if (isChinese) {
  document.documentElement.lang = "zh";
  for (const element of document.querySelectorAll("[data-zh]")) {
    element.textContent = element.dataset.zh;
  }
}
place("try").addEventListener("submit", send);
showState();
showContract();
