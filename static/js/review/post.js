/** POST of JSON with the CSRF token of the cookie: signing in again in another tab changes it. */

const PATIENCE_MS = 15000;

/** Signed out, or signed in as someone else meanwhile. What was to be sent stays with the caller. */
export class SignedOut extends Error {}

/** The server understood and refused: sending the same again is useless. */
export class Refused extends Error {
  constructor(status, { code = "error", message = "" } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The answer's JSON. Throws SignedOut, Refused (other 4xx), or Error when the server or the network fails and a retry makes sense. */
export async function postJson(url, body, { keepalive = false } = {}) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    redirect: "error",
    keepalive,
    signal: keepalive ? undefined : AbortSignal.timeout(PATIENCE_MS),
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
  if (response.status === 401 || response.status === 403) {
    throw new SignedOut();
  }
  if (response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429) {
    throw new Refused(response.status, await response.json().catch(() => ({})));
  }
  if (!response.ok) {
    throw new Error(`HTTP ${response.status}`);
  }
  return response.json();
}

function csrfToken() {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
}

/** A random UUID, version 4. crypto.randomUUID exists only on https and localhost; a desk may run on plain http in an office. */
export function makeUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
