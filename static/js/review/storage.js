/** What must survive a reload, in IndexedDB: one store of outbox entries, keyed by their id. */

const NAME = "lineup-desk";
const STORE = "outbox";

/** Opens the store; rejects where the browser keeps nothing (some private windows). */
export async function openStorage() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  const database = await settled(request);
  const store = (mode) => database.transaction(STORE, mode).objectStore(STORE);
  return {
    all: () => settled(store("readonly").getAll()),
    put: (entry) => settled(store("readwrite").put(entry)),
    remove: (id) => settled(store("readwrite").delete(id)),
  };
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Each review tab holds a lock of its name while it lives. Locks, like all of https, are absent on plain http in an office. */
export function holdTab(tab) {
  navigator.locks?.request(tab, () => new Promise(() => {}));
}

async function openTabs() {
  const { held } = (await navigator.locks?.query()) ?? { held: [] };
  return new Set(held.map((lock) => lock.name));
}

/** The entries that closed tabs of this person left behind, the tab that was reloaded just now included. */
export async function leftBehind(storage, { user, tab }) {
  const open = await openTabs();
  open.delete(sessionStorage.getItem("review-tab"));
  sessionStorage.setItem("review-tab", tab);
  return (await storage.all()).filter((entry) => entry.owner === user && !open.has(entry.tab));
}

/** Leaves word, for a few seconds, which tab is being left: after a reload its cards go to the page that takes its place. */
export function leaveWord(tab) {
  document.cookie = `review_from=${tab}; max-age=10; path=/review; samesite=strict`;
}
