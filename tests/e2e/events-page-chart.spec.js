// The events page: the chart of events over time, above the table.

import { expect, test } from './fixtures.js';
import { address, at, event, identify, row, send } from './events-page.js';

const chart = (table) => table.page.getByTestId('chart');
const bars = (table) => chart(table).locator('.spans a');
const legend = (table) => chart(table).locator('.legend li');
const events = () => [
  at('2026-01-01T10:00:10.000Z', 'visit', 'a'),
  at('2026-01-01T10:00:20.000Z', 'visit', 'b'),
  at('2026-01-01T10:00:30.000Z', 'buy', 'a'),
  at('2026-01-01T10:09:00.000Z', 'visit', 'a'),
];

test('events are counted by name and time, for eyes and for ears, live', async ({ demo, table }) => {
  await expect(chart(table)).toBeHidden();
  await send(demo, events());
  await expect(legend(table)).toHaveText([/^visit\s*3$/, /^buy\s*1$/]);
  await expect(bars(table)).toHaveCount(10);
  await expect(bars(table).first()).toHaveAccessibleName('2026-01-01 10:00:00 UTC, 1 minute: 3 events, visit 2, buy 1');
  await expect(chart(table).getByRole('img')).toHaveAccessibleName(/4 events, at most 3 in 1 minute\. visit 3, buy 1\./);
  await expect(chart(table).locator('svg path')).toHaveCount(2);
  await send(demo, [at('2026-01-01T10:11:00.000Z', 'buy', 'a')]);
  await expect(bars(table)).toHaveCount(12);
  await expect(legend(table).last()).toHaveText(/^buy\s*2$/);
});

test('a bar and a name narrow what is shown, and the chart follows the filters', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [...events(), at('2026-01-01T10:00:00.000Z', '$own', 'a')]);
  await expect(row(table, 'visit')).toHaveCount(3);
  await bars(table).first().click();
  await table.shows([['buy', 'a', 'a'], ['visit', 'b', 'b'], ['visit', 'a', 'a']]);
  expect(address(table)).toEqual({ environment: 'dev', after: '2026-01-01T10:00:00.000Z', before: '2026-01-01T10:01:00.000Z' });
  await expect(bars(table)).toHaveCount(1);
  await page.goBack();
  await expect(bars(table)).toHaveCount(10);
  await legend(table).getByRole('link', { name: 'buy' }).click();
  await table.shows([['buy', 'a', 'a']]);
  await expect(legend(table)).toHaveText([/^buy\s*1$/]);
  await page.getByTestId('clear-filters').click();
  await page.getByTestId('filter-distinct-id').fill('b');
  await page.getByTestId('filter-distinct-id').press('Enter');
  await expect(legend(table)).toHaveText([/^visit\s*1$/]);
  await page.getByTestId('clear-filters').click();
  await table.toggleInternal();
  await expect(legend(table)).toHaveCount(3);
  // The counts know no text.
  await page.getByTestId('filter-text').fill('visit');
  await page.getByTestId('filter-text').press('Enter');
  await expect(chart(table)).toBeHidden();
  await page.getByTestId('clear-filters').click();
  await expect(chart(table)).toBeVisible();
});

test('it counts the events of a person, with those of who was merged into them', async ({ demo, table }) => {
  await send(demo, [...events(), identify('a', 'b')]);
  const { uuid } = await demo.person('a');
  await table.page.goto(`${demo.events}&person=${uuid}`);
  await expect(legend(table)).toHaveText([/^visit\s*3$/, /^buy\s*1$/]);
});

test('the keyboard walks the bars', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, events());
  await expect(bars(table)).toHaveCount(10);
  await chart(table).locator('summary').focus();
  await page.keyboard.press('Tab');
  await expect(bars(table).last()).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await expect(bars(table).first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(row(table, 'visit')).toHaveCount(2);
});

test('closed, it stays closed and asks for nothing; opened, it is there', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, events());
  await expect(legend(table)).toHaveCount(2);
  await chart(table).locator('summary').click();
  await expect(chart(table).locator('.plot')).toBeHidden();
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.reload();
  await expect(row(table, 'visit')).toHaveCount(3);
  await expect(chart(table).locator('summary')).toBeVisible();
  await send(demo, [event('later', 'a')]);
  await expect(row(table, 'later')).toHaveCount(1);
  expect(asked).not.toContain('/api/dev/counts');
  await chart(table).locator('summary').click();
  await expect(legend(table)).toHaveCount(3);
});
