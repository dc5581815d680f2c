"use strict";
// All text reaches the page through textContent, so that no title can be markup.

const $ = (id) => document.getElementById(id);
const NAMES = {
  repeat: "habit", graph: "graph", gnn: "taste", sequence: "order", content: "text",
  popularity: "popular",
};
const state = { who: "user", user: null, session: [], weights: null };
let asked = 0; // answers that come after a later question are dropped

function node(tag, text, properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, label, act) {
  const made = node("button", text, { type: "button", onclick: act });
  made.setAttribute("aria-label", label);
  return made;
}

async function send(path, body) { // a GET, or with a body a POST
  const headers = { "Content-Type": "application/json" };
  const key = sessionStorage.getItem("key");
  if (key) headers["X-API-Key"] = key;
  const how = body ? { method: "POST", body: JSON.stringify(body) } : {};
  let answer;
  try {
    answer = await fetch("api/" + path, { headers, ...how });
  } catch {
    throw new Error("The server does not answer. Is `basketweave serve` still running?");
  }
  if (answer.status === 401) askKey();
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.detail);
  return content;
}

const get = (path, given = {}) => send(path + "?" + new URLSearchParams(given));

function askKey() {
  $("key").hidden = false;
  $("key").onsubmit = (event) => {
    event.preventDefault();
    sessionStorage.setItem("key", $("secret").value);
    location.reload();
  };
}

function say(text, error = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", error);
}

const called = (item) => item.title || "Item " + (item.item ?? item.id);

// --- for whom

function choose(who) {
  state.who = who;
  document.querySelector(`[name=who][value=${who}]`).checked = true;
  const people = who === "user";
  document.querySelector("label[for=q]").textContent = people ? "Person" : "Add an item";
  $("had-title").textContent = people ? "Had last" : "In this session";
  $("known").parentElement.hidden = !people;
  $("q").value = "";
  look();
  ask();
}

async function look() {
  const who = state.who, q = $("q").value;
  try {
    const found = (await get("search", { q }))[who === "user" ? "users" : "items"];
    if (who !== state.who || q !== $("q").value) return;
    $("found").replaceChildren(...found.map((one) => {
      const text = who === "user" ? one.id : called(one);
      const act = () => who === "user" ? person(one.id) : add(one.id);
      const line = node("li");
      const found = button(text + " ", who === "user" ? `Person ${one.id}` : `Add ${text}`, act);
      if (one.title) found.append(node("span", one.id, { className: "id" }));
      found.dataset.id = one.id;
      line.append(found);
      return line;
    }));
    mark();
    if (!found.length) $("found").append(node("li", `Nothing is called “${q}”.`));
  } catch (error) {
    say(error.message, true);
  }
}

function person(id) {
  state.user = id;
  mark();
  ask();
}

function mark() { // the chosen person, in the list
  for (const one of $("found").querySelectorAll("button")) {
    const chosen = state.who === "user" && one.dataset.id === state.user;
    one.ariaCurrent = chosen ? "true" : null;
  }
}

function add(id) {
  state.session.push(id);
  if (state.who === "session") ask();
  else choose("session");
}

// --- what comes back

async function ask() {
  const turn = ++asked, people = state.who === "user";
  remember();
  if (people ? state.user === null : !state.session.length) {
    show({ items: [], had: [] });
    say(people ? "Choose a person." : "Add an item to begin a session.");
    return;
  }
  const weights = state.weights ?? undefined;
  const given = people
    ? { user: state.user, known: $("known").value, weights }
    : { items: state.session, weights };
  try {
    const [found, had] = await Promise.all([
      send(people ? "recommend" : "session", given),
      people ? get("history/" + encodeURIComponent(state.user)) : titles(state.session),
    ]);
    found.had = had.items;
    if (turn !== asked) return;
    show(found);
    const whom = people ? `person ${state.user}` : "this session";
    const notes = found.notes.map((note) => `. ${note}`).join("");
    say(found.items.length ? `For ${whom}${notes}` : `There is nothing to recommend for ${whom}.`);
  } catch (error) {
    if (turn !== asked) return;
    show({ items: [], had: people ? [] : state.session.map((id) => ({ id })) });
    say(error.message, true);
  }
}

function show(found) {
  const parts = Object.keys(found.items[0]?.parts ?? {});
  const used = parts.filter((part) => found.items.some((item) => share(item, part) > 0));
  $("legend").replaceChildren(...used.map((part) => {
    const line = node("li", NAMES[part]);
    line.dataset.part = part;
    return line;
  }));
  $("items").replaceChildren(...found.items.map((item) => card(item, used)));
  $("had").replaceChildren(...found.had.map(held));
  if (!found.had.length) $("had").append(node("li", "Nothing yet."));
  $("clear").hidden = state.who === "user" || !state.session.length;
  if (parts.length) sliders(found.items[0].parts);
}

const share = (item, part) => item.parts[part].weight * item.parts[part].value;

const known = new Map(); // titles of items seen so far

async function titles(ids) {
  for (const id of ids.filter((id) => !known.has(id))) {
    const { items } = await get("search", { q: id });
    known.set(id, items.find((item) => item.id === id)?.title);
  }
  return { items: ids.map((id) => ({ id, title: known.get(id) })) };
}

function held(item, place) {
  const line = node("li");
  line.append(node("span", called(item)));
  if (state.who === "session") {
    line.append(button("×", `Remove ${called(item)}`, () => {
      state.session.splice(place, 1);
      ask();
    }));
  }
  return line;
}

function card(item, parts) {
  const whole = node("li", undefined, { className: "item" });
  const head = node("div"), bar = node("div", undefined, { className: "bar" });
  head.append(
    node("span", called(item), { className: "title" }),
    node("span", item.title ? item.item : "", { className: "id", title: item.item }),
    node("span", item.score.toFixed(3), { className: "score" }),
  );
  bar.role = "img";
  bar.ariaLabel = parts.map((p) => `${NAMES[p]} ${share(item, p).toFixed(3)}`).join(", ");
  bar.title = bar.ariaLabel;
  for (const part of parts) {
    const piece = node("span");
    piece.dataset.part = part;
    piece.style.width = `${100 * share(item, part)}%`;
    bar.append(piece);
  }
  const why = node("div", undefined, { className: "why" });
  const label = `Add ${called(item)} to the session`;
  why.append(node("span", sentence(item)), button("+ session", label, () => add(`${item.item}`)));
  whole.append(head, bar, why);
  return whole;
}

// --- why, for someone who knows no graph

const DID = {
  PURCHASED: "Bought", VIEWED: "Looked at", ADDED_TO_CART: "Put into the cart", RATED: "Rated",
  HOLDS: "Holds",
};
const LEADS = {
  FOLLOWED_BY: "whoever takes it often takes this next",
  CO_PURCHASED: "whoever takes it often takes this too",
};
const WHY = {
  repeat: "A habit: taken again and again.",
  graph: "Near in the graph.",
  gnn: "Near to this taste, by what similar people take.",
  sequence: "Fits what was taken before, and in which order.",
  content: "Described like what was taken before.",
  popularity: "Popular at the moment.",
};

function sentence(item) { // the path in words, or else the part that gave most
  if (item.path.length < 2) {
    const parts = Object.keys(item.parts).sort((a, b) => share(item, b) - share(item, a));
    return WHY[parts[0]] ?? "One of the items there are.";
  }
  const did = DID[item.path[0].relationship] ?? "Knows";
  if (item.path.length === 2) return `${did} it before.`;
  const held = item.path[1];
  const how = LEADS[held.relationship] ?? "to which this is linked";
  return `${did} ${called(held)}: ${how}.`;
}

// --- weights

function sliders(parts) {
  if ($("sliders").contains(document.activeElement)) return; // it is being moved
  $("sliders").replaceChildren(...Object.entries(parts).map(([part, { weight }]) => {
    const label = node("label"), value = node("output", weight.toFixed(2));
    const range = node("input", undefined, { type: "range", min: 0, max: 1, step: 0.05 });
    range.value = weight;
    range.dataset.name = part;
    range.oninput = () => {
      value.textContent = Number(range.value).toFixed(2);
      const all = [...$("sliders").querySelectorAll("input")];
      state.weights = Object.fromEntries(all.map((one) => [one.dataset.name, Number(one.value)]));
      ask();
    };
    label.append(node("span", NAMES[part]), range, value);
    return label;
  }));
}

// --- the address, so that a view can be kept and sent

function remember() {
  const given = new URLSearchParams();
  if (state.user !== null) given.set("user", state.user);
  for (const item of state.session) given.append("item", item);
  given.set("who", state.who);
  history.replaceState(null, "", "#" + given);
}

async function begin() {
  const given = new URLSearchParams(location.hash.slice(1));
  state.user = given.get("user");
  state.session = given.getAll("item");
  for (const one of document.querySelectorAll("[name=who]")) {
    one.onchange = () => choose(one.value);
  }
  $("q").oninput = look;
  $("known").onchange = ask;
  $("search").onsubmit = (event) => {
    event.preventDefault();
    $("found").querySelector("button")?.click();
  };
  $("clear").onclick = () => { state.session = []; ask(); };
  $("published").onclick = () => { state.weights = null; ask(); };
  choose(given.get("who") === "session" ? "session" : "user");
  try {
    const about = await get("about");
    const models = about.models.length ? about.models.join(", ") : "no models yet";
    const counts = `${about.users.toLocaleString("en")} people, ${about.items.toLocaleString("en")} items`;
    $("about").textContent = about.name ? `${about.name}: ${counts}; ${models}` : "The store is empty.";
  } catch (error) {
    say(error.message, true);
  }
}

begin();
