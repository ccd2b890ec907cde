// The list of titles: choosing many. Without it single boxes and "all that match" still work.

const form = () => document.querySelector("[data-bulk]");
const boxes = () => [...document.querySelectorAll('[name="titles"][form="bulk"]')];
let last = null;

const tell = () => {
  const bar = form();
  if (!bar) {
    return;
  }
  const words = bar.querySelector("[data-chosen]");
  const all = bar.querySelector("[data-everything]").checked;
  const chosen = boxes().filter((box) => box.checked).length;
  const some = chosen ? words.dataset.some.replace("{count}", chosen) : words.dataset.none;
  words.textContent = all ? words.dataset.all : some;
  bar.querySelectorAll("button").forEach((button) => {
    button.disabled = !all && !chosen;
  });
  const page = document.querySelector("[data-choose-page]");
  page.hidden = !boxes().length;
  page.checked = chosen > 0 && chosen === boxes().length;
  page.indeterminate = chosen > 0 && chosen < boxes().length;
};

// Shift and a click take all from the last box to this one.
const takeRange = (box) => {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
  if (from >= 0) {
    all.slice(from, to + 1).forEach((other) => {
      other.checked = box.checked;
    });
  }
};

document.addEventListener("click", (event) => {
  const box = event.target;
  if (box.matches?.('[name="titles"][form="bulk"]')) {
    if (event.shiftKey) {
      takeRange(box);
    }
    last = box;
    tell();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-choose-page]")) {
    boxes().forEach((box) => {
      box.checked = event.target.checked;
    });
  }
  tell();
});

document.addEventListener("htmx:afterSwap", tell);
window.addEventListener("pageshow", tell);
tell();
