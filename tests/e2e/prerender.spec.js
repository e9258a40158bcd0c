// A page that the browser prepares before anybody asks for it: it may never be seen, so it leaves
// no trace until it is. Playwright attaches to such a page, which ends it; so here a browser runs by
// itself, and its pages tell the site what they see.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import config from './playwright.config.js';
import { ANONYMOUS, expect, KEYS, MODES, tag, test as base } from './fixtures.js';

const { executablePath, chromiumSandbox, args } = config.use.launchOptions;

const test = base.extend({
  /** Opens an address in a browser that nobody looks into. */
  browse: async ({}, use) => {
    const profile = await mkdtemp(join(tmpdir(), 'backstitch-profile-'));
    const own = ['--headless=new', `--user-data-dir=${profile}`, ...(chromiumSandbox ? [] : ['--no-sandbox'])];
    const opened = [];
    await use((address) => opened.push(spawn(executablePath, [...args, ...own, address], { stdio: 'ignore' })));
    for (const browser of opened) {
      browser.kill();
      await once(browser, 'exit');
    }
    await rm(profile, { recursive: true, maxRetries: 10 });
  },
});

/** What pages call to tell the site something under a name. */
const TELL = `<script>
  var tell = (name, value) => fetch('/told/' + name + '/' + encodeURIComponent(JSON.stringify(value)));
</script>`;

/** What the site was told under that name, once it was. */
async function told(site, name) {
  const start = `/told/${name}/`;
  await expect.poll(() => site.requested.some((path) => path.startsWith(start))).toBe(true);
  return JSON.parse(decodeURIComponent(site.requested.find((path) => path.startsWith(start)).slice(start.length)));
}

/** A page that has /next prerendered, and goes there when the site says so. `meanwhile` runs before it goes. */
const first = (meanwhile = '') => `${TELL}
<script type="speculationrules">{"prerender": [{"source": "list", "urls": ["/next"], "eagerness": "immediate"}]}</script>
<script>
  fetch('/go').then(async () => {
    const databases = await indexedDB.databases();
    await tell('traces', [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie, databases.length]);
    ${meanwhile}
    location.href = '/next';
  });
</script>`;

/** The page /next, which calls early. */
const next = (sdk) => `${TELL}${sdk}
<script>
  posthog.capture('early');
  tell('during', [document.prerendering, posthog.get_distinct_id(), posthog.get_distinct_id()]);
  document.addEventListener('prerenderingchange', () => setTimeout(() => tell('after', posthog.get_distinct_id()), 500));
</script>`;

/** Lets the first page go on, long after everything that the other could have done. */
async function later(site, go) {
  await told(site, 'during');
  await new Promise((over) => setTimeout(over, 1500));
  go();
}

for (const mode of MODES) {
  test(`a prerendered page creates nothing until it is seen, ${mode}`, async ({ browse, site, wire, demo }) => {
    const without = mode === MODES[1] ? '<script>delete window.WebAssembly;</script>' : '';
    site.page('/next', { head: without + next(tag(wire.address)) });
    const go = site.hold((path) => path === '/go');
    browse(site.page('/', { head: first() }));
    const [prerendering, id, again] = await told(site, 'during');
    expect(prerendering).toBe(true);
    expect(id).toMatch(ANONYMOUS);
    expect(again).toBe(id);
    await later(site, () => {
      expect(wire.requests).toEqual([]);
      go();
    });
    expect(await told(site, 'traces')).toEqual([[], [], '', 0]);
    expect(await told(site, 'after')).toBe(id);
    await expect.poll(() => demo.names()).toEqual(['$pageview', 'early']);
    expect((await demo.stored()).map((event) => event.distinct_id)).toEqual([id, id]);
  });
}

test('a visitor who was stored meanwhile counts', async ({ browse, site, demo }) => {
  // One page's writes reach another's process a little later.
  const shown = `<script>
    const look = setInterval(() => {
      if (!localStorage.length) return;
      clearInterval(look);
      tell('shown', true);
    }, 10);
  </script>`;
  site.page('/next', { head: next(tag(demo.collector)) + shown });
  const go = site.hold((path) => path === '/go');
  const leave = site.hold((path) => path === '/leave');
  const store = `localStorage.setItem('ph_${KEYS.dev}_posthog', '{"distinct_id":"stored"}');`;
  browse(site.page('/', { head: first(`${store} await fetch('/leave');`) }));
  await later(site, go);
  await told(site, 'shown');
  leave();
  expect(await told(site, 'after')).toBe('stored');
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'early']);
  expect((await demo.stored()).map((event) => event.distinct_id)).toEqual(['stored', 'stored']);
});
