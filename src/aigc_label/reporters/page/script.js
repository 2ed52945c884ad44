
"use strict";
(() => {
  const files = document.getElementById("files");
  const tools = document.getElementById("tools");
  const byId = (id) => document.getElementById(id);

  // Commands get their button when their card is opened: thousands of buttons would weigh.
  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = document.body.dataset.copied;
    setTimeout(() => { button.textContent = document.body.dataset.copy; }, 1500);
  };
  const equip = (card) => {
    for (const line of card.querySelectorAll(".cmd")) {
      if (line.querySelector("button")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = document.body.dataset.copy;
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", () => copy(line.firstElementChild.textContent, button));
      line.append(button);
    }
  };
  files.addEventListener("toggle", (event) => {
    if (event.target.open) equip(event.target);
  }, true);
  files.querySelectorAll("details[open]").forEach(equip);

  // A link to a rule opens it.
  const reveal = () => {
    const target = location.hash.startsWith("#rule-") && byId(decodeURIComponent(location.hash.slice(1)));
    if (target) { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Paper has no triangle to click on: what is shown is printed open, unless it is a whole shelf.
  addEventListener("beforeprint", () => {
    const shown = files.querySelectorAll("details:not([hidden])");
    if (shown.length <= 200) shown.forEach((card) => { card.open = true; });
  });

  if (!tools) return;
  const cards = [...files.children];
  const texts = new Map();
  const textOf = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };
  const names = cards.map((card) => card.querySelector(".name").textContent);
  const place = new Map(cards.map((card, index) => [card, index]));
  const text = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
  const orders = {
    "failed first": () => 0,
    name: (a, b) => text(names[place.get(a)], names[place.get(b)]),
    size: (a, b) => b.dataset.s - a.dataset.s,
    format: (a, b) => text(a.dataset.f, b.dataset.f),
  };
  const chosen = ["q", "v", "l", "r", "f", "o"].map(byId);
  const shown = byId("shown");
  let order = "failed first";

  const apply = () => {
    const words = byId("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = ["v", "l", "r", "f"].map((key) => [key, byId(key).value]).filter(([, value]) => value);
    let count = 0;
    for (const card of cards) {
      const fits = wanted.every(([key, value]) => card.dataset[key].split(" ").includes(value))
        && words.every((word) => textOf(card).includes(word));
      card.hidden = !fits;
      count += fits;
    }
    if (byId("o").value !== order) {
      order = byId("o").value;
      files.append(...[...cards].sort((a, b) => orders[order](a, b) || place.get(a) - place.get(b)));
    }
    const digits = new Intl.NumberFormat(document.documentElement.lang);
    shown.textContent = shown.dataset.say
      .replace("{shown}", digits.format(count)).replace("{all}", digits.format(cards.length));
    byId("nothing").hidden = count > 0;
    const state = new URLSearchParams(chosen.filter((input) => input.value && input.value !== "failed first")
      .map((input) => [input.id, input.value]));
    const hash = state.size ? `#?${state}` : "";
    if (!location.hash.startsWith("#rule-") && location.hash !== hash) {
      try { history.replaceState(null, "", hash || location.pathname); } catch { /* only a link */ }
    }
  };
  const restore = () => {
    if (!location.hash.startsWith("#?")) return;
    const state = new URLSearchParams(location.hash.slice(2));
    for (const input of chosen) {
      const value = state.get(input.id);
      if (value !== null) input.value = value;
      if (input.selectedIndex === -1) input.selectedIndex = 0;
    }
  };
  let soon;
  byId("q").addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(apply, 120); });
  tools.addEventListener("change", apply);
  tools.addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => { tools.reset(); apply(); byId("q").focus(); });
  const all = (open) => () => {
    let left = 200;
    for (const card of files.children) {
      if (!card.hidden && left > 0) { card.open = open; left -= open ? 1 : 0; }
    }
  };
  byId("expand").addEventListener("click", all(true));
  byId("collapse").addEventListener("click", all(false));
  document.querySelectorAll(".tables tr[data-f] th, .tables tr[data-r] td:first-of-type").forEach((cell) => {
    const [key, value] = Object.entries(cell.parentElement.dataset)[0];
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pick";
    button.append(...cell.childNodes);
    button.addEventListener("click", () => { byId(key).value = value; apply(); tools.scrollIntoView(); });
    cell.append(button);
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("q").focus();
    } else if (event.key === "Escape" && event.target.id === "q") {
      byId("q").value = "";
      apply();
    }
  });
  addEventListener("hashchange", () => { if (location.hash.startsWith("#?")) { restore(); apply(); } });
  tools.hidden = false;
  restore();
  apply();
})();
