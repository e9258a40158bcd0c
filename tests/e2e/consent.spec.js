// Until consent is supported, what a site or a visitor forbids is not ignored: nothing is captured,
// and nothing is kept.

import { expect, tag, test } from './fixtures.js';
import { stores } from './delivery.js';

const FORBIDDING = {
  'opted out by default': { opt_out_capturing_by_default: true },
  'cookieless mode': { cookieless_mode: 'always' },
  'do not track': { respect_dnt: true },
};

/** Waits until the page has been seen for long enough to have captured its pageview. */
const nothingHappened = async (page, wire, stored) => {
  await page.evaluate(() => posthog.capture('here'));
  await page.clock.runFor(10_000);
  expect(await stores(page)).toEqual(stored);
  expect(wire.requests).toEqual([]);
};

for (const [named, options] of Object.entries(FORBIDDING)) {
  test(`${named}: nothing is captured or kept, and one line says so`, async ({ page, site, wire, complaints }) => {
    await page.clock.install();
    await page.goto(site.page('/', { head: tag(wire.address, options) }));
    await nothingHappened(page, wire, {});
    expect(complaints.warnings).toEqual([expect.stringContaining(`error 11 (docs/errors.md): ${Object.keys(options)[0]}`)]);
  });
}

test('a visitor who opted out under posthog-js is not captured', async ({ page, site, wire, complaints }) => {
  const key = '__ph_opt_in_out_phc_backstitch_dev';
  await page.clock.install();
  await page.goto(site.page('/before', {}));
  await page.evaluate((key) => localStorage.setItem(key, '0'), key);
  await page.goto(site.page('/', { head: tag(wire.address) }));
  await nothingHappened(page, wire, { localStorage: { [key]: '0' } });
  expect(complaints.warnings).toEqual([expect.stringContaining('error 12')]);
});
