/** Buttons, the comment of a flag, the help dialog, and where the focus goes after each. */

export function createControls(root, { part, search }) {
  let desk = null;

  function focusCard() {
    (part.card.hidden ? part.empty : part.card).focus({ preventScroll: true });
  }

  function closeComment() {
    if (!part.comment.hidden) {
      part.comment.hidden = true;
      part["comment-text"].value = "";
      focusCard();
    }
  }

  function sendFlag(event) {
    event.preventDefault();
    desk.decide("flag", part["comment-text"].value.trim());
  }

  function keepDoubts(event) {
    event.preventDefault();
    desk.act("accept");
    focusCard();
  }

  const pages = {
    search: () => location.assign(search),
    help: () => part.help.showModal(),
    flag: () => {
      part.comment.hidden = false;
      part["comment-text"].focus();
    },
  };

  function onClick(event) {
    const control = event.target.closest("[data-action]");
    if (control) {
      event.preventDefault();
      desk.act(control.dataset.action);
    }
    // A click with the pointer hands the keys back to the card; from the keyboard the focus stays where it is.
    if (control && event.detail > 0 && !(control.dataset.action in pages)) {
      focusCard();
    }
  }

  function listen(to) {
    desk = to;
    part.comment.hidden = true;
    root.addEventListener("click", onClick);
    part.form.addEventListener("submit", sendFlag);
    part.doubts.addEventListener("submit", keepDoubts);
    part["doubt-reason"].addEventListener("keydown", (event) => event.key === "Escape" && focusCard());
    part["comment-text"].addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) {
        sendFlag(event);
      } else if (event.key === "Escape") {
        closeComment();
      }
    });
    part["comment-cancel"].addEventListener("click", closeComment);
    part.help.addEventListener("close", focusCard);
    if (!document.activeElement || document.activeElement === document.body) {
      focusCard();
    }
  }

  return { listen, closeComment, focusCard, open: (name) => pages[name]() };
}
