// What the SDK says in the console: once, and only where a developer has to know.

import { readFileSync } from 'node:fs';
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
  const [, number] = /error (\d+)/.exec(complaints.warnings[0]);
  expect(explanation(number)).toMatch(/another account.*`reset\(\)`/s);
  await page.evaluate(() => posthog.identify('b'));
  await expect.poll(async () => (await demo.stored()).some((event) => event.person.name === 'b')).toBe(true);
  expect(complaints.warnings.length).toBe(1);
});

/** What the page on errors says of a number. */
function explanation(number) {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  return page.split(/^## /m).find((section) => section.startsWith(`${number}\n`));
}
