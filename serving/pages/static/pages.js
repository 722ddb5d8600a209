"use strict";
// What pages do beside htmx: keys, times that tick, a session that ended, and what was typed.

const all = (query, within = document) => [...within.querySelectorAll(query)];
const again = document.getElementById("again");
// The address at which a reload shows the same again.
const address = document.querySelector("[data-address]");
if (address) history.replaceState(history.state, "", address.dataset.address);
let waiting = null; // the form that was refused as the session had ended

// Keys: / finds, a letter presses what has it as data-key, a digit chooses in the first list of
// data-digits without a choice, Backspace takes the last choice back.
function isTyping(target) {
  return target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
}

function openLists() {
  return all("[data-digits]").filter((list) => !list.querySelector(":checked"));
}

function showActive() {
  const first = openLists()[0];
  for (const list of all("[data-digits]")) list.toggleAttribute("data-active", list === first);
}

function choose(digit) {
  const choice = openLists()[0]?.querySelectorAll("input")[digit - 1];
  if (!choice) return false;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function takeBack() {
  const last = all("[data-digits]").reverse().map((list) => list.querySelector(":checked")).find(Boolean);
  if (!last) return false;
  last.checked = false;
  last.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function pressed(key) {
  if (key === "/") {
    const field = document.querySelector("[data-slash]");
    field?.focus();
    field?.select();
    return Boolean(field);
  }
  if (/^[1-9]$/.test(key)) return choose(Number(key));
  if (key === "Backspace") return takeBack();
  const found = all("[data-key]").find((one) => one.dataset.key === key.toLowerCase() && !one.disabled);
  found?.click();
  return Boolean(found);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || again?.open) return;
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
  if (isTyping(event.target)) return;
  if (pressed(event.key)) event.preventDefault();
});

// Times: data-seconds counts down from when it came; at its end data-over stands there.
const CHINESE = document.documentElement.lang.startsWith("zh");

function inWords(seconds) {
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (hours) return CHINESE ? `${hours}小时${minutes % 60}分` : `${hours} h ${minutes % 60} min`;
  if (minutes >= 2) return CHINESE ? `${minutes}分钟` : `${minutes} min`;
  return CHINESE ? `${Math.floor(seconds)}秒` : `${Math.floor(seconds)} s`;
}

function tick() {
  for (const one of all("[data-seconds]")) {
    one.dataset.end ??= String(Date.now() + 1000 * Number(one.dataset.seconds));
    const left = (Number(one.dataset.end) - Date.now()) / 1000;
    const text = left > 0 ? inWords(left) : one.dataset.over;
    if (one.textContent !== text) one.textContent = text;
  }
  for (const one of all("[data-gone]")) {
    one.dataset.end ??= String(Date.now() + 1000 * Number(one.dataset.gone));
    if (Date.now() > Number(one.dataset.end)) one.remove();
  }
}

// What was typed into a form with data-keep stays in this tab until the form was answered.
function keep(form) {
  const fields = [...new FormData(form)].filter(([name]) => !["key", "decision_id"].includes(name));
  sessionStorage.setItem(form.dataset.keep, JSON.stringify(fields));
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(form.dataset.keep) || "[]");
  for (const [name, value] of kept) {
    for (const field of form.elements) {
      if (field.name !== name || ["hidden", "submit"].includes(field.type)) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked ||= field.value === value;
      else field.value = value;
    }
  }
}

for (const form of all("[data-keep]")) {
  restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => { keep(form); showActive(); });
}

// A session that ended while the page was open: sign in over it, then send again.
function token(value) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRF-Token": value }));
}

// Each page says to the other tabs whose session it is of; one that waits for a session goes on.
const tabs = new BroadcastChannel("liuke");
let provider = null; // the tab of the provider's sign-in

function resume({ user, value }) {
  if (user !== document.body.dataset.user) return again?.open && location.reload();
  token(value);
  if (!again?.open) return;
  again.close();
  provider?.close();
  waiting?.form.requestSubmit(waiting.button);
  waiting = null;
}

tabs.addEventListener("message", ({ data }) => resume(data));
if (document.body.dataset.user) {
  const own = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
  tabs.postMessage({ user: document.body.dataset.user, value: own });
}

again?.querySelector("a")?.addEventListener("click", (event) => {
  provider = window.open(event.target.href);
  if (!provider) return; // the link opens a tab that stays
  provider.opener = null;
  event.preventDefault();
});

async function signIn(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch("/sign-in", { method: "POST", body, headers: { "HX-Request": "true" } });
  form.querySelector("[role=alert]").hidden = answer.ok;
  if (!answer.ok) return;
  form.elements.password.value = "";
  const session = { user: form.elements.user.value, value: answer.headers.get("x-csrf-token") };
  tabs.postMessage(session);
  resume(session);
}

again?.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(event.target);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt: part } = event.detail.requestConfig;
  const isBusy = event.detail.xhr.status === 503 && "again" in part.dataset;
  document.getElementById("offline").hidden = !isBusy;
  if (isBusy) { // what loads itself would otherwise end there
    event.detail.shouldSwap = false;
    setTimeout(() => part.dispatchEvent(new Event("again")), 2000);
    return;
  }
  if (event.detail.xhr.status !== 401 || !again) return;
  event.detail.shouldSwap = false;
  const { elt, triggeringEvent } = event.detail.requestConfig;
  waiting = elt.matches("form") ? { form: elt, button: triggeringEvent?.submitter } : null;
  again.showModal();
  again.querySelector("[type=password]").focus();
});
// Answered without a part of a page: the browser goes on, and what was typed is kept no longer.
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const kept = detail.requestConfig.elt.closest("[data-keep]")?.dataset.keep;
  if (kept && detail.xhr.status === 204) sessionStorage.removeItem(kept);
});
document.addEventListener("htmx:sendError", () => { document.getElementById("offline").hidden = false; });
document.addEventListener("htmx:afterSwap", () => {
  for (const done of all("[data-done]")) sessionStorage.removeItem(done.dataset.done);
  document.querySelector("[data-focus]")?.focus();
  tick();
});

// What is open stands in sight, where a narrow screen does not have the whole menu.
for (const one of all(".menu [aria-current], .tabs [aria-current]")) {
  one.parentElement.scrollLeft = one.offsetLeft - (one.parentElement.clientWidth - one.offsetWidth) / 2;
}

showActive();
tick();
setInterval(tick, 1000);
