// The events page as assistive technology gets it: axe finds nothing to complain of, in any view,
// in both colour schemes, in a wide window and in a narrow one.

import { violations } from './axe.js';
import { expect, test } from './fixtures.js';
import { ANONYMOUS_ID, at, event, identify, refusedMerge, send, sendRefused } from './events-page.js';

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 800 } };

/** How far the chart's colours stand from the ground, as WCAG reckons contrast. */
const contrasts = (page) =>
  page.getByTestId('chart').evaluate((chart) => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const luminance = (colour) => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = luminance(getComputedStyle(document.body).backgroundColor);
    return [...chart.querySelectorAll('path')].map((path) => {
      const [dark, light] = [luminance(getComputedStyle(path).fill), ground].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    });
  });

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
      // Eight names and the rest: every colour there is.
      await expect.poll(async () => (await contrasts(page)).length).toBe(9);
      for (const contrast of await contrasts(page)) expect(contrast).toBeGreaterThan(3);

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
