// What needs a script, and shows only where one runs. Without it every address can be selected.
"use strict";

const status = document.querySelector("[role=status]");

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link.href);
    return true;
  } catch {
    // Over plain http browsers have no clipboard for pages, but this.
    getSelection().selectAllChildren(link);
    return document.execCommand("copy"); // if not, the address stays selected
  }
}

for (const button of document.querySelectorAll("button[data-copied]")) {
  const shown = button.firstChild;
  const word = shown.textContent;
  let timer;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (!(await copy(button.parentElement.querySelector("a")))) return;
    getSelection().removeAllRanges();
    shown.textContent = status.textContent = button.dataset.copied;
    clearTimeout(timer);
    timer = setTimeout(() => {
      shown.textContent = word;
      status.textContent = "";
    }, 2000);
  });
}

// "cafe" finds Café, and capitals make no difference.
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function find(text, groups) {
  const words = fold(text).split(/\s+/);
  let found = 0;
  for (const group of groups) {
    let shown = 0;
    for (const item of group.items) {
      item.element.hidden = !words.every((word) => item.name.includes(word));
      shown += !item.element.hidden;
    }
    group.element.hidden = !shown;
    found += shown;
  }
  const none = document.getElementById("none");
  none.hidden = found > 0;
  status.textContent = none.hidden ? "" : none.textContent;
}

const input = document.getElementById("find");
if (input) {
  const groups = Array.from(document.querySelectorAll(".group"), (element) => ({
    element,
    items: Array.from(element.querySelectorAll("li"), (element) => ({
      element,
      name: fold(element.querySelector("a").textContent),
    })),
  }));
  input.parentElement.hidden = false;
  input.addEventListener("input", () => find(input.value, groups));
  // What was typed before going to a feed and back.
  addEventListener("pageshow", () => find(input.value, groups));
}
