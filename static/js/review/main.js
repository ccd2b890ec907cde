/** Puts the review page together. What each part does stands in its own module. */

import { createControls } from "./controls.js";
import { createDesk } from "./desk.js";
import { createForesight } from "./foresight.js";
import { createGroups } from "./groups.js";
import { showKeys } from "./help.js";
import { buildKeymap } from "./keymap.js";
import { listenToKeys } from "./keyboard.js";
import { createLeases } from "./leases.js";
import { createLinking } from "./linking.js";
import { createNotices } from "./notices.js";
import { createOutbox } from "./outbox.js";
import { listenToPointer } from "./pointer.js";
import { SignedOut } from "./post.js";
import { createRequests } from "./requests.js";
import { createSender, titlesOf } from "./sender.js";
import { holdTab, leaveWord, leftBehind, openStorage } from "./storage.js";
import { createView } from "./view.js";
import { createWords } from "./words.js";

const POLL_MS = 2500;
const root = document.getElementById("review");
const config = JSON.parse(document.getElementById("review-config").textContent);
const words = createWords(config.strings, document.documentElement.lang);
const view = createView(root, { words, certain: config.certain, guidelines: config.urls.guidelines });
const controls = createControls(root, { part: view.part, search: config.urls.search });
const notices = createNotices(root, { words, dismiss: (id) => outbox.drop(id) });
const storage = await openStorage().catch(() => null);
const requests = createRequests(config);
const send = createSender({ post: requests.post, urls: config.urls });
const outbox = createOutbox({ storage, send, on: onOutbox, owner: config.user, tab: config.tab });
const done = Number(sessionStorage.getItem("review-done"));
const foresight = createForesight({ ask: requests.links, on: () => desk.refresh() });
const desk = createDesk({ view, outbox, on: onDesk, done, rules: config.rules, foresight });
const deciding = () => titlesOf(outbox.pending());
const isSending = () => outbox.pending().length > 0;
const groups = createGroups({ part: view.part, words, notices, desk, focusCard: controls.focusCard, ask: requests.group, refill });
const linking = createLinking(view.part, { words, desk, ask: requests.artists, focusCard: controls.focusCard });
const leases = createLeases({ config, post: requests.post, held: desk.held, deciding, isSending, on: onLeases });

function refill() {
  leases.refill({ waiting: desk.held().length });
}

function onOutbox(name, entry, answer) {
  const reactions = {
    change: () => notices.showSaving(outbox.pending()),
    refused: () => notices.showRefused(entry),
    // A verdict may have made new artists and spellings.
    confirmed: () => [foresight.renew(), groups.confirmed(entry, answer)],
    late: () => notices.showRemark("late"),
    lost: () => desk.lose([entry.body.title_id]),
    signed_out: () => notices.showSignedOut(true),
    signed_in: () => notices.showSignedOut(false),
    unkept: warnUnkept,
  };
  reactions[name]();
}

function onLeases(name, detail) {
  const isFailure = name === "failed";
  if (!isFailure || detail instanceof SignedOut) {
    notices.showSignedOut(isFailure);
  }
  if (name === "cards") {
    desk.receive(detail);
  } else if (name === "renewed" && detail.length) {
    desk.lose(detail);
    refill();
  }
}

function onDesk(name, action) {
  if (name === "page") {
    ({ group: groups, find_artist: linking }[action] ?? controls).open(action);
  } else {
    groups.check();
    controls.closeComment();
    sessionStorage.setItem("review-done", String(desk.done()));
    refill();
  }
}

/** Without IndexedDB a closed tab would lose what is not yet saved: then, and only then, the browser asks before closing. */
function warnUnkept() {
  notices.showRemark("unkept");
  window.addEventListener("beforeunload", (event) => {
    if (outbox.pending().length) {
      event.preventDefault();
    }
  });
}

/** The poll of the page's header would move someone signed out to the sign-in, away from the card. */
function stayHere(event) {
  if (event.detail.xhr.getResponseHeader("HX-Redirect")) {
    event.preventDefault();
    notices.showSignedOut(true);
  }
}

function listenToWindow() {
  const wake = () => {
    leases.wake();
    leases.renew();
    outbox.flush();
    refill();
  };
  document.addEventListener("htmx:beforeOnLoad", stayHere);
  window.addEventListener("online", wake);
  window.addEventListener("focus", wake);
  document.addEventListener("visibilitychange", () => !document.hidden && leases.renew());
  window.addEventListener("beforeunload", () => leaveWord(config.tab));
  window.addEventListener("pagehide", () => {
    outbox.sendAway();
    leases.release();
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  window.addEventListener("pointerdown", leases.touch);
  setInterval(refill, POLL_MS);
  setInterval(leases.renew, config.heartbeat_seconds * 1000);
}

/** What an earlier tab of this person left unsent goes first; its titles are not shown again. */
async function start() {
  if (storage) {
    holdTab(config.tab);
    outbox.adopt(await leftBehind(storage, config));
  } else {
    warnUnkept();
  }
  const decided = new Set(deciding());
  desk.receive({ ...config.first, cards: config.first.cards.filter((card) => !decided.has(card.title_id)) });
  const keymap = buildKeymap(config.keys);
  showKeys(root, keymap, config.strings);
  listenToKeys(root, { keymap, desk, touch: leases.touch, focusCard: controls.focusCard });
  listenToPointer(view.part.line, desk.pointer);
  listenToWindow();
  controls.listen(desk);
  outbox.flush();
  refill();
  root.dataset.ready = "";
}

await start();
