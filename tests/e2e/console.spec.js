// What the SDK says in the console: once, and only where a developer has to know.

import { expect, tag, test } from './fixtures.js';

test('a page that does all right hears nothing', async ({ page, site, demo, complaints }) => {
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  await page.evaluate(() => {
    posthog.identify('a');
    posthog.identify('a', { plan: 'pro' });
    posthog.capture('event');
    posthog.reset();
    posthog.identify('b');
  });
  await expect.poll(async () => (await demo.names()).filter((name) => name === '$identify').length).toBe(2);
  expect(complaints).toEqual({ errors: [], warnings: [] });
});

test('a second account without a reset is said once', async ({ page, site, demo, complaints }) => {
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  await page.evaluate(() => posthog.identify('a'));
  expect(complaints.warnings).toEqual([]);
  await page.evaluate(() => posthog.identify('b'));
  await expect.poll(() => complaints.warnings).toEqual([expect.stringMatching(/error \d+ \(docs\/errors\.md\)/)]);
  await page.evaluate(() => posthog.identify('b'));
  await expect.poll(async () => (await demo.stored()).some((event) => event.person.name === 'b')).toBe(true);
  expect(complaints.warnings.length).toBe(1);
});
