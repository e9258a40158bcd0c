// The pages of one run's site: each has the client, and what a scenario asks of it there. Knows
// what the page's own scripts do. Never knows what goes wrong, or when.

import { KEY } from '../clients/collector.js';
import { install } from './client.js';
import { VALUES } from './hostile-values.js';

/** Fills what this origin may keep in localStorage, to the last character. */
const FILL = `
  for (let size = 1 << 22, at = 0; size; at += 1) {
    try { localStorage.setItem('filler' + at, 'x'.repeat(size)); } catch { size >>= 1; }
  }`;

/** Puts the pages on a site. What they capture is called `event`, numbered by property `n`. */
export function build(site, client, { host, event, options }) {
  install(site, client);
  const init = JSON.stringify({ ...client.options, api_host: host, ...options });
  const start = `
    /** Captures so many events from number \`first\` on; gives how many of the calls returned. */
    function captures(first, count, value) {
      let returned = 0;
      for (let n = first; n < first + count; n += 1) {
        try {
          posthog.capture('${event}', { n, plan: 'pro', page: 'index', size: 42, price: 9.5, first: true, tags: ['a', 'b'], value });
          returned += 1;
        } catch {}
      }
      return returned;
    }
    posthog.init('${KEY}', ${init});`;
  const client_ = `<script src="${client.script}"></script>\n<script>${start}</script>`;
  const script = (text) => `<script>${text}</script>`;
  const page = (path, before, after, body) => site.page(path, { head: `${before}\n${client_}\n${script(after)}`, body });
  page('/', '', '', '<p>A page</p>');
  page('/full', script(FILL), '', '');
  page('/leaving', '', 'captures(0, 20); location.href = "/";', '');
  page('/opening', '', 'captures(0, 20); console.log("captured");', '');
  page('/hostile', '', `const VALUES = (${VALUES})();`, '<form id="form"></form>');
  site.page('/framed', { body: '<iframe sandbox="allow-scripts" src="/"></iframe>' });
  for (let at = 0; at < 10; at += 1) {
    const click = `captures(${at * 5 + 4}, 1)`;
    page(`/page-${at}`, '', `captures(${at * 5}, 1);`, `<a href="/page-${at + 1}" onclick="${click}">The next page</a>`);
  }
  page('/page-10', '', '', '');
}
