// What a site asked not to be kept, is not; and what a visitor who opts out was captured with before
// is gone. What browsers can keep, of every kind, is looked at.

import { capture, crash, refusing, stores } from './delivery.js';
import { expect, KEYS, tag, test } from './fixtures.js';

const QUIET = { capture_pageview: false };

const MEMORY = {
  'persistence in memory': { persistence: 'memory' },
  'no persistence': { disable_persistence: true },
};

for (const [named, options] of Object.entries(MEMORY)) {
  test(`${named}: nothing is kept while events wait, nor at the page's end, and they arrive`, async ({ page, site, wire, demo }) => {
    await page.goto(site.page('/', { head: tag(wire.address, { ...QUIET, ...options }) }));
    wire.instead = refusing(503);
    await capture(page, 'first');
    await page.evaluate(() => posthog.identify('alice', { plan: 'pro' }));
    await expect.poll(() => wire.requests.length).toBeGreaterThan(0);
    expect(await stores(page)).toEqual({});
    wire.instead = null;
    await expect.poll(() => demo.names()).toEqual(['$identify', 'first']);
    await capture(page, 'last');
    const next = site.page('/next', {});
    await page.goto(next);
    await expect.poll(() => demo.names()).toEqual(['$identify', 'first', 'last']);
    expect(await stores(page)).toEqual({});
  });
}

test('the list of what is kept is one that would be noticed', async ({ page, site }) => {
  await page.goto(site.page('/', {}));
  expect(await stores(page)).toEqual({});
  await page.evaluate(async () => {
    document.cookie = 'a=1';
    localStorage.a = sessionStorage.a = window.name = '1';
    history.replaceState('1', '');
    await caches.open('a');
    await (await navigator.storage.getDirectory()).getFileHandle('a', { create: true });
    await new Promise((done) => (indexedDB.open('a').onsuccess = ({ target }) => done(target.result.close())));
  });
  const kinds = ['caches', 'cookies', 'databases', 'files', 'history', 'localStorage', 'name', 'sessionStorage'];
  expect(Object.keys(await stores(page)).sort()).toEqual(kinds);
});

test('whoever opted out before is not captured, and nothing is kept', async ({ page, site, wire }) => {
  const key = `__ph_opt_in_out_${KEYS.dev}`;
  const address = site.page('/', { head: tag(wire.address, QUIET) });
  await page.goto(address);
  await page.evaluate(() => posthog.opt_out_capturing());
  await page.goto(site.page('/next', {}));
  await page.context().clearCookies();
  await page.evaluate(async (kept) => {
    const names = Object.keys(localStorage);
    for (const name of names) if (name !== kept) delete localStorage[name];
    sessionStorage.clear();
    for (const { name } of await indexedDB.databases()) await new Promise((done) => (indexedDB.deleteDatabase(name).onsuccess = done));
  }, key);
  await page.goto(address);
  await capture(page, 'secret');
  await page.evaluate(() => posthog.identify('secret'));
  expect(await stores(page)).toEqual({ localStorage: { [key]: '0' } });
  await page.goto(site.page('/next', {}));
  expect(await stores(page)).toEqual({ localStorage: { [key]: '0' } });
  expect(wire.requests).toEqual([]);
});

test('what waits when a visitor opts out is gone, and is never sent', async ({ page, site, wire, demo }) => {
  const address = site.page('/', { head: tag(wire.address, QUIET) });
  await page.goto(address);
  wire.instead = refusing(503);
  await capture(page, 'secret', 'secret');
  await expect.poll(() => wire.requests.length).toBeGreaterThan(1);
  expect(JSON.stringify(await stores(page))).toContain('secret');
  await page.evaluate(() => {
    posthog.capture('secret');
    posthog.opt_out_capturing();
    posthog.capture('secret');
  });
  expect(await page.evaluate(() => posthog.has_opted_out_capturing())).toBe(true);
  await expect.poll(async () => JSON.stringify(await stores(page))).not.toContain('secret');
  wire.instead = null;
  await page.goto(address);
  await capture(page, 'secret');
  await page.evaluate(() => posthog.opt_in_capturing());
  await capture(page, 'open');
  await expect.poll(() => demo.names()).toContain('open');
  expect(await demo.names()).toEqual(['open']);
});

test('what another page had left is gone, too, when a page opts out as it loads', async ({ context, page, site, wire, demo }) => {
  const head = tag(wire.address, QUIET);
  await page.goto(site.page('/', { head }));
  const left = await context.newPage();
  await left.goto(site.page('/left', { head }));
  wire.instead = refusing(503);
  await capture(page, 'secret');
  await capture(left, 'secret');
  await expect.poll(() => wire.requests.length).toBeGreaterThan(2);
  await crash(left);
  await page.goto(site.page('/asked', { head: `${head}<script>posthog.opt_out_capturing();</script>` }));
  await expect.poll(async () => JSON.stringify(await stores(page))).not.toContain('secret');
  wire.instead = null;
  await page.evaluate(() => posthog.opt_in_capturing());
  await capture(page, 'open');
  await expect.poll(() => demo.names()).toEqual(['open']);
});
