// The form that asks for the access token, where the collector has one.

import { violations } from './axe.js';
import { expect, test } from './fixtures.js';
import { event, row, send } from './events-page.js';

const token = 'a-token-that-is-long-enough-to-be-one';

test.use({ token });

/** Shows the form a token. */
async function show(page, text) {
  await page.getByLabel('Access token').fill(text);
  await page.getByRole('button').click();
}

test('who shows the token sees events, and who does not is told why', async ({ demo, table }) => {
  const { page } = table;
  await expect(page).toHaveURL(`${demo.collector}/login`);
  await expect(page.getByLabel('Access token')).toBeFocused();
  await show(page, 'another');
  await expect(page.getByRole('alert')).toContainText('not the token');
  await show(page, token);
  await expect(page.getByTestId('empty')).toContainText('first event');
  await send(demo, [event('hello', 'a')]);
  await table.shows([['hello', 'a', 'a']]);
});

test('a page whose session has ended asks for the token again', async ({ demo, table }) => {
  const { page } = table;
  await show(page, token);
  await send(demo, [event('before', 'a')]);
  await expect(row(table, 'before')).toHaveCount(1);
  await page.evaluate(() => fetch('/logout', { method: 'POST' }));
  await send(demo, [event('after', 'a')]);
  await expect(page).toHaveURL(`${demo.collector}/login`);
});

for (const colorScheme of ['light', 'dark']) {
  test(`nothing is in the way of anyone: ${colorScheme}`, async ({ table }) => {
    const { page } = table;
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), 'login').toEqual([]);
    await show(page, 'another');
    await expect(page.getByRole('alert')).toBeVisible();
    expect(await violations(page), 'login after a wrong token').toEqual([]);
  });
}
