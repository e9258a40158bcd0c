// The events page and the login form as assistive technology gets them: axe finds nothing to
// complain of, in any view, in both colour schemes, in a wide window and in a narrow one.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from './fixtures.js';
import { ANONYMOUS_ID, at, event, identify, refusedMerge, send, sendRefused } from './events-page.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 800 } };

/** What axe finds in a page, each with where it is. */
async function violations(page) {
  // Moving colours have no contrast of their own; what is in sight at the end has.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => (animation.effect.getComputedTiming().iterations === Infinity ? animation.cancel() : animation.finished))));
  await page.evaluate(axe);
  const { violations: found, passes } = await page.evaluate(() => globalThis.axe.run(document));
  // It has looked: a page without a heading's or a colour's check was not there yet.
  expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'document-title']));
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`nothing is in the way of anyone: ${size}, ${colorScheme}`, async ({ demo, table }) => {
      const { page } = table;
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      const check = async (view) => expect(await violations(page), view).toEqual([]);

      await expect(page.getByTestId('empty')).toContainText('first event');
      await check('empty');

      await send(demo, [
        event('pageview', ANONYMOUS_ID, { price: 9.5, paid: true, note: null }),
        at('2026-01-01T10:00:00.000Z', 'order completed', 'user_3'),
        ...['search', 'add', 'remove', 'pay', 'rate', 'leave', 'return'].map((name) => event(name, 'user_3')),
        ...refusedMerge(),
        identify('user_1', ANONYMOUS_ID),
        event('$create_alias', 'user_1', { alias: 'x', $process_person_profile: false }),
      ]);
      await sendRefused(demo, { api_key: 'phc_nobody', event: 'x', distinct_id: 'a' });
      const { uuid } = await demo.person('user_1');
      await page.goto(`${demo.events}&internal=true`);
      await expect(page.getByTestId('event-row').first()).toBeVisible();
      await expect(page.getByTestId('chart')).toBeVisible();
      await expect(page.getByTestId('refusals-badge')).toHaveText(/2/);
      await check('events and chart');

      await page.getByTestId('event-row').filter({ has: page.getByTestId('warned') }).click();
      await expect(page.getByTestId('details').locator('.warnings')).toBeVisible();
      await page.getByTestId('details').getByText('Whole event').click();
      await check('details');

      await page.goto(`${demo.events}&person=${uuid}&event=pageview`);
      await expect(page.getByTestId('history-entry').first()).toBeVisible();
      await check('person');

      await page.goto(`${demo.events}&text=nowhere&status=ok`);
      await expect(page.getByTestId('empty')).toContainText('No event matches');
      await check('search without a result');

      await page.goto(`${demo.events}&view=refusals`);
      await expect(page.getByTestId('refusal-row')).toHaveCount(2);
      await check('refusals');
      await page.getByTestId('refusal-row').first().click();
      await expect(page.getByTestId('refusal-reason')).toBeVisible();
      await check('refusal');

      await page.goto(`${demo.events}&after=yesterday`);
      await expect(page.getByTestId('problem')).toContainText('after');
      await check('problem');
    });
  }
}
