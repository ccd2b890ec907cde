// What every page needs: words when the server does not answer, and a menu that closes after a choice.

const notice = document.getElementById("notice");

const say = (text) => {
  notice.textContent = text;
};

document.addEventListener("htmx:sendError", () => say(notice.dataset.offline));
document.addEventListener("htmx:timeout", () => say(notice.dataset.offline));
document.addEventListener("htmx:responseError", (event) => {
  const serverIsDown = event.detail.xhr.status >= 502;
  say(serverIsDown ? notice.dataset.offline : notice.dataset.failed);
});
document.addEventListener("htmx:afterOnLoad", () => say(""));
