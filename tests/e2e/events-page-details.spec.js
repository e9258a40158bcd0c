// The events page: one event in full, by keyboard and pointer, in a wide window and a narrow one.

import { expect, KEYS, test } from './fixtures.js';
import { ANONYMOUS_ID, details, event, identify, refusedMerge, row, send } from './events-page.js';

test('the keyboard walks the rows, opens and closes details', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('first', 'a'), event('second', 'a'), event('third', 'a')]);
  await expect(page.getByTestId('event-row')).toHaveCount(3);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(details(table).getByRole('heading', { level: 2 })).toHaveText('second');
  await page.keyboard.press('j');
  await expect(details(table).getByRole('heading', { level: 2 })).toHaveText('first');
  await page.keyboard.press('k');
  await expect(details(table).getByRole('heading', { level: 2 })).toHaveText('second');
  await page.reload();
  await expect(details(table).getByRole('heading', { level: 2 })).toHaveText('second');
  // The details may be there before the rows are: the keyboard goes back to a row that is.
  await expect(row(table, 'second')).toHaveAttribute('aria-current', 'true');
  await page.keyboard.press('Escape');
  await expect(details(table)).toBeHidden();
  await expect(row(table, 'second').locator('a').first()).toBeFocused();
});

test('details show every digit and copy the same', async ({ demo, table, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const body = `{"api_key":"${KEYS.dev}","event":"exact","distinct_id":"a","properties":{"big":12345678901234567890,"b":[],"a":{"c":"\\"}{"}}}`;
  const response = await fetch(`${demo.collector}/e/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(response.status).toBe(200);
  await row(table, 'exact').click();
  await expect(details(table)).toContainText('"big": 12345678901234567890');
  await details(table).getByRole('button', { name: 'Copy properties' }).click();
  const copied = await table.page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('"big": 12345678901234567890');
  expect(JSON.parse(copied)).toMatchObject({ b: [], a: { c: '"}{' } });
});

test('the whole event can be copied, and its warnings say why', async ({ demo, table, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await send(demo, refusedMerge());
  await table.toggleInternal();
  await row(table, '$identify').first().locator('.event-name').click();
  await expect(details(table).locator('.warnings')).toContainText('cannot_merge_already_identified');
  await details(table).getByText('Whole event').click();
  await details(table).getByRole('button', { name: 'Copy the whole event as JSON' }).click();
  const copied = JSON.parse(await table.page.evaluate(() => navigator.clipboard.readText()));
  expect(copied).toMatchObject({ event: '$identify', distinct_id: 'user_1', warnings: [{ code: 'cannot_merge_already_identified' }] });
});

test('details tell the person at ingest from the person of now', async ({ demo, table }) => {
  await send(demo, [event('named', 'user_1'), event('hello', 'user_2'), event('personless', 'device_1', { $process_person_profile: false }), event('anonymous', ANONYMOUS_ID)]);
  await expect(row(table, 'named')).toBeVisible();
  await send(demo, [identify('user_2', 'device_1'), identify('user_2', ANONYMOUS_ID)]);
  await expect(row(table, 'personless').locator('.person')).toHaveText('user_2');
  const atIngest = details(table).locator('dt:text-is("at ingest") + dd');
  await row(table, 'named').locator('.event-name').click();
  await expect(atIngest).toHaveText('the same person');
  await expect(atIngest.locator('.mark')).toHaveAttribute('data-initials', 'U1');
  await row(table, 'personless').locator('.event-name').click();
  await expect(atIngest).toContainText('without a person');
  await expect(atIngest.locator('.mark')).toHaveCount(0);
  await row(table, 'anonymous').locator('.event-name').click();
  await expect(atIngest).toContainText('another person, since merged into this one');
});

test('where there is little room an anonymous id still says that it is one', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('pageview', ANONYMOUS_ID)]);
  await row(table, 'pageview').click();
  await expect(details(table)).toBeVisible();
  // A hair too little room makes an ellipsis: it is measured against a copy that has all it wants.
  const whole = () =>
    row(table, 'pageview').locator('.id-prefix').evaluate((prefix) => {
      const copy = prefix.parentElement.appendChild(prefix.cloneNode(true));
      copy.style.position = 'absolute';
      const [shown, wanted] = [prefix, copy].map((element) => element.getBoundingClientRect().width);
      copy.remove();
      return shown >= wanted;
    });
  for (const width of [1280, 1000]) {
    await page.setViewportSize({ width, height: 780 });
    expect(await whole(), `${width} px, with details`).toBe(true);
  }
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 390, height: 780 });
  expect(await whole(), '390 px').toBe(true);
  await expect(page.getByRole('table', { name: 'Events, last received first' })).toBeVisible();
});

test('in a narrow window nothing is cut off, and details cover the table', async ({ demo, table }) => {
  const { page } = table;
  await page.setViewportSize({ width: 400, height: 780 });
  await send(demo, [event('pageview', ANONYMOUS_ID)]);
  await table.shows([['pageview', ANONYMOUS_ID, '(Anonymous)']]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
  await row(table, 'pageview').click();
  await expect(details(table)).toBeFocused();
  expect((await details(table).boundingBox()).width).toBe(400);
  await page.keyboard.press('Escape');
  await expect(details(table)).toBeHidden();
  await expect(row(table, 'pageview').locator('a').first()).toBeFocused();
});
