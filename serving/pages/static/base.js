// The base: a search becomes an address; who is chosen stays chosen across its pages.
const search = document.getElementById("search");
const within = (query, root = document) => [...root.querySelectorAll(query)];
const KEPT = `base-chosen:${document.body.dataset.user}`;

function escaped(value) {
  return value.replaceAll(",", "\\,");
}

function endOf(field, input) {
  const typed = input.value.trim().replace(/[,，\s]/g, "");
  return "percent" in field.dataset && typed !== "" && isFinite(typed) ? String(Number((typed / 100).toPrecision(10))) : typed;
}

function columnsOf() {
  const field = search.querySelector("[data-columns]");
  const ticked = within(":checked", field).map((one) => one.value);
  const before = field.dataset.columns.split(",");
  const kept = before.filter((one) => ticked.includes(one));
  const added = ticked.filter((one) => !before.includes(one));
  const isSame = !added.length && kept.length === before.length;
  return isSame && "default" in field.dataset ? "" : [...kept, ...added].join(",");
}

function address() {
  const found = new URLSearchParams();
  for (const field of within("[data-field]", search)) {
    const name = field.dataset.field;
    const values = within(":checked", field).map((one) => one.value);
    const typed = field.querySelector("[data-text]")?.value.trim();
    if (typed) values.push(typed);
    if (values.length) found.set(name, values.join(","));
    for (const input of within("[data-end]", field)) {
      const end = endOf(field, input);
      if (end !== "") found.set(`${name}_${input.dataset.end}`, end);
    }
  }
  const by = within("[data-by]").map((one) => one.value).filter(Boolean);
  const others = { columns: columnsOf(), by: [...new Set(by)].join(","), sort: search.dataset.sort, limit: search.dataset.limit, purpose: search.dataset.purpose };
  for (const [name, value] of Object.entries(others)) if (value) found.set(name, value);
  const query = found.toString();
  return query ? `/base?${query}` : "/base";
}

search.addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign(address());
});
for (const one of within("[data-by]")) one.addEventListener("change", () => location.assign(address()));

// On a narrow page the filters are folded away.
document.querySelector("[data-unfold]").addEventListener("click", (event) => {
  const isOpen = search.classList.toggle("unfolded");
  event.target.setAttribute("aria-expanded", String(isOpen));
});

// Who is chosen, by id, for as long as the tab is open.
const bar = document.querySelector("[data-chosen]");
let chosen = new Set(JSON.parse(sessionStorage.getItem(KEPT) || "[]"));

function show() {
  if (!bar) return;
  const boxes = within("[data-choose]");
  for (const box of boxes) box.checked = chosen.has(box.value);
  const all = document.querySelector("[data-choose-all]");
  if (all) {
    const count = boxes.filter((one) => one.checked).length;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
  bar.hidden = chosen.size === 0;
  bar.querySelector("[data-chosen-count]").textContent = String(chosen.size);
  const ids = [...chosen].map(escaped).join(",");
  const query = new URLSearchParams({ customer_id: ids, limit: bar.dataset.most });
  if (search.dataset.purpose) query.set("purpose", search.dataset.purpose);
  bar.querySelector("[data-chosen-show]").href = `/base?${query}`;
  const act = bar.querySelector("[data-chosen-act]");
  query.delete("limit");
  if (act) act.href = `/base/act?${query}`;
  const file = bar.querySelector("[data-chosen-export]");
  if (file) {
    const now = new URLSearchParams(file.dataset.query);
    const found = new URLSearchParams({ customer_id: ids });
    for (const name of ["sort", "columns", "purpose"]) if (now.get(name)) found.set(name, now.get(name));
    file.href = `/customers/export?${found}`;
  }
}

function choose(boxes, isChosen) {
  const most = Number(bar.dataset.most);
  let isFull = false;
  for (const box of boxes) {
    if (!isChosen) chosen.delete(box.value);
    else if (chosen.size < most || chosen.has(box.value)) chosen.add(box.value);
    else isFull = true;
  }
  bar.querySelector("[data-chosen-full]").hidden = !isFull;
  sessionStorage.setItem(KEPT, JSON.stringify([...chosen]));
  show();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-choose]")) choose([event.target], event.target.checked);
  if (event.target.matches("[data-choose-all]")) choose(within("[data-choose]"), event.target.checked);
});
bar?.querySelector("[data-chosen-clear]").addEventListener("click", () => {
  chosen = new Set();
  choose([], false);
});
show();
