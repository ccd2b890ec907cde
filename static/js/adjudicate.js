// One key for each difference: 1 left, 2 right, N neither; the last one settles the title. Backspace goes back, U takes the last decision back.

const KEYS = { 1: "left", 2: "right", n: "neither" };
const DIGITS = { Digit1: "1", Digit2: "2", Numpad1: "1", Numpad2: "2" };

const dispute = document.querySelector("[data-dispute]");
const differences = [...(dispute?.querySelectorAll("[data-difference]") ?? [])];
const undo = document.querySelector("[data-undo]");
const withAlt = Boolean(document.querySelector("[data-alt=yes]"));

const chosenIn = (difference) => difference.querySelector("input:checked");
const focusOn = (difference) => (chosenIn(difference) ?? difference.querySelector("input")).focus();

function current() {
  return differences.find((difference) => difference.contains(document.activeElement)) ?? differences.find((difference) => !chosenIn(difference));
}

function choose(value) {
  const difference = current() ?? differences.at(-1);
  difference.querySelector(`[value="${value}"]`).checked = true;
  const open = differences.find((other) => !chosenIn(other));
  if (open) {
    focusOn(open);
  } else {
    dispute.requestSubmit();
  }
}

function goBack() {
  const place = differences.indexOf(current());
  const before = differences[(place < 0 ? differences.length : place) - 1];
  if (before) {
    for (const input of before.querySelectorAll("input")) input.checked = false;
    focusOn(before);
  }
}

function take(key) {
  if (key in KEYS && differences.length) {
    choose(KEYS[key]);
  } else if (key === "backspace" && differences.length) {
    goBack();
  } else if (key === "u" && undo) {
    undo.requestSubmit();
  } else {
    return false;
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  const needsAlt = withAlt && event.key !== "Backspace";
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey !== needsAlt) return;
  if (take(DIGITS[event.code] ?? event.key.toLowerCase())) event.preventDefault();
});

if (differences.length) focusOn(differences[0]);
