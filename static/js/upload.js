// A file can be dropped on the form, is measured before it is sent, and shows how far it is on its way.

const form = () => document.querySelector("form[data-upload]");
const part = (name) => form().querySelector(`[data-${name}]`);
const input = () => form().querySelector("input[type=file]");

function isTooLarge() {
  const size = [...input().files].reduce((sum, file) => sum + file.size, 0);
  const tooLarge = size > Number(form().dataset.limit);
  part("error").hidden = !tooLarge;
  part("error").textContent = tooLarge ? form().dataset.tooLarge : "";
  return tooLarge;
}

const overForm = (event) => event.target.closest?.("[data-drop]");

document.addEventListener("change", (event) => {
  if (event.target === input()) isTooLarge();
});

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const drop = overForm(event);
    if (!drop) return;
    event.preventDefault();
    drop.toggleAttribute("data-over", name === "dragenter" || name === "dragover");
    if (name !== "drop" || event.dataTransfer.files.length === 0) return;
    input().files = event.dataTransfer.files;
    isTooLarge();
  });
}

document.addEventListener("htmx:confirm", (event) => {
  if (event.target === form() && isTooLarge()) event.preventDefault();
});

document.addEventListener("htmx:xhr:progress", (event) => {
  if (event.target !== form() || !event.detail.lengthComputable) return;
  part("progress").hidden = false;
  part("progress").value = (100 * event.detail.loaded) / event.detail.total;
});
