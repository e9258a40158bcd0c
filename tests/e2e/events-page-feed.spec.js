// The events page: how its rows follow what is stored.

import { expect, KEYS, test } from './fixtures.js';
import { ANONYMOUS_ID, event, identify, many, row, send } from './events-page.js';

/** The row at the top of what is in sight, and where it stands. */
const topmost = (table) =>
  table.page.evaluate(() => {
    const scroller = document.getElementById('scroller');
    const { left, top } = scroller.getBoundingClientRect();
    const found = document.elementFromPoint(left + 60, top + 40).closest('tr');
    return { uuid: found.dataset.uuid, top: Math.round(found.getBoundingClientRect().top) };
  });

test('an empty environment says how to send a first event, and gives way to it', async ({ demo, table }) => {
  const empty = table.page.getByTestId('empty');
  await expect(empty).toContainText('first event');
  await expect(empty).toContainText(`${demo.collector}/e/`);
  await send(demo, [event('hello', 'me')]);
  await table.shows([['hello', 'me', 'me']]);
  await expect(empty).toBeHidden();
});

test('a merge rewrites the person of the row that is there', async ({ demo, table }) => {
  await send(demo, [event('pageview', ANONYMOUS_ID)]);
  await table.shows([['pageview', ANONYMOUS_ID, '(Anonymous)']]);
  await row(table, 'pageview').evaluate((element) => (element.marked = true));
  await send(demo, [identify('user_123', ANONYMOUS_ID)]);
  await table.shows([['pageview', ANONYMOUS_ID, 'user_123']]);
  expect(await row(table, 'pageview').evaluate((element) => element.marked)).toBe(true);
  await expect(row(table, 'pageview').locator('.person')).toHaveAttribute('data-was', '(Anonymous)');
});

test('older rows are loaded, and what is read stays in its place while new ones arrive', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, many('old', 250));
  await expect(page.getByTestId('event-row')).toHaveCount(100);
  await page.getByTestId('load-older').click();
  await expect(page.getByTestId('event-row')).toHaveCount(200);
  await page.evaluate(() => (document.getElementById('scroller').scrollTop = 2000));
  const before = await topmost(table);
  await send(demo, many('new', 12));
  await expect(row(table, 'new')).toHaveCount(12);
  expect(await topmost(table)).toEqual(before);
  expect(await page.getByTestId('event-row').count()).toBeGreaterThanOrEqual(212);
});

test('paused, the table stands still and counts; resumed, it catches up', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, many('seen', 150));
  await expect(row(table, 'seen')).toHaveCount(100);
  await page.keyboard.press('p');
  await send(demo, [event('missed', 'a'), event('missed', 'a')]);
  await expect(page.getByTestId('live')).toContainText('2 new');
  await expect(row(table, 'missed')).toHaveCount(0);
  await page.getByTestId('load-older').click();
  await expect(row(table, 'seen')).toHaveCount(150);
  await expect(row(table, 'missed')).toHaveCount(0);
  await page.getByTestId('live').click();
  await expect(row(table, 'missed')).toHaveCount(2);
});

test('a lost connection is said, what is shown stays, and all is caught up on', async ({ demo, wire, table }) => {
  const { page } = table;
  await send(demo, [event('before', 'a')]);
  await page.goto(`${wire.address}/?environment=dev`);
  await table.shows([['before', 'a', 'a']]);
  await wire.cut();
  await expect(page.getByRole('alert')).toContainText('does not answer');
  expect(await table.rows()).toEqual([['before', 'a', 'a']]);
  await send(demo, [event('meanwhile', 'a')]);
  await wire.mend();
  await table.shows([['meanwhile', 'a', 'a'], ['before', 'a', 'a']]);
  await expect(page.getByRole('alert')).toBeHidden();
});

test('five windows side by side fill live, and the collector has a connection left', async ({ demo, table, context }) => {
  const windows = [table.page];
  while (windows.length < 5) {
    const page = await context.newPage();
    await page.goto(demo.events);
    windows.push(page);
  }
  for (const page of windows) await expect(page.getByTestId('live')).toHaveAttribute('data-state', 'open');
  await send(demo, [event('seen by all', 'a')]);
  await fetch(`${demo.collector}/e/`, { method: 'POST', body: JSON.stringify({ api_key: 'phc_nobody', event: 'x', distinct_id: 'a' }) });
  for (const page of windows) {
    await expect(page.getByTestId('event-row')).toHaveCount(1);
    await expect(page.getByTestId('refusals-badge')).toHaveText(/1/);
  }
});

test('after a reset the page is as new, and fills again', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('gone', 'a'), event('$own', 'a')]);
  await table.shows([['gone', 'a', 'a']]);
  await expect(page.getByTestId('chart')).toBeVisible();
  expect((await fetch(`${demo.collector}/api/dev/reset`, { method: 'POST' })).status).toBe(200);
  await expect(page.getByTestId('empty')).toContainText('first event');
  await table.shows([]);
  await expect(page.getByTestId('chart')).toBeHidden();
  await send(demo, [event('again', 'a')]);
  await table.shows([['again', 'a', 'a']]);
});

test('markup in an event stays text', async ({ demo, table }) => {
  const markup = '<img src=x onerror="document.title=1">';
  await send(demo, [event(markup, markup, { [markup]: markup })]);
  await table.shows([[markup, markup, markup]]);
  await table.page.getByTestId('event-row').click();
  await expect(details(table).locator('pre').first()).toContainText('onerror');
  expect(await table.page.locator('img').count()).toBe(0);
});

test('an unknown environment is named, with the way to those there are', async ({ demo, table }) => {
  await table.page.goto(`${demo.collector}/?environment=nowhere`);
  await expect(table.page.getByTestId('problem')).toContainText('nowhere');
  await send(demo, [event('here', 'a')], 'staging');
  await table.page.getByRole('navigation').getByRole('link', { name: 'staging' }).click();
  await table.shows([['here', 'a', 'a']]);
});
