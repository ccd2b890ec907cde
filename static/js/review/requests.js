/** What the page asks the server, besides what it sends from the outbox. */

import { postJson } from "./post.js";

export function createRequests({ user, tab, urls }) {
  /** Every request names the person this page was made for: after somebody else signed in here, nothing may be saved in their name. */
  function post(url, body, options) {
    return postJson(url, { user, tab, ...body }, options);
  }

  return {
    post,
    group: (verdictId) => post(urls.group, { verdict_id: verdictId }),
    links: (titles) => post(urls.links, { titles }),
    artists: (text) => post(urls.artists, { text }),
  };
}
