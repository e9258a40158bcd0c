// The events page: what narrows it, in the form and in the address.

import { expect, test } from './fixtures.js';
import { address, ANONYMOUS_ID, event, identify, many, refusedMerge, row, send } from './events-page.js';

test('filters stand in the address; back and forward follow it', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('one', 'a'), event('two', 'a'), event('two', 'b'), event('$own', 'a')]);
  const all = [['two', 'b', 'b'], ['two', 'a', 'a'], ['one', 'a', 'a']];
  await table.shows(all);

  await page.keyboard.press('/');
  await expect(page.getByTestId('filter-event')).toBeFocused();
  await page.keyboard.type('two');
  await page.keyboard.press('Enter');
  await table.shows(all.slice(0, 2));
  await page.getByTestId('filter-distinct-id').fill('a');
  await page.getByTestId('filter-distinct-id').press('Enter');
  await table.shows(all.slice(1, 2));
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ environment: 'dev', event: 'two', distinct_id: 'a' });

  await page.reload();
  await table.shows(all.slice(1, 2));
  await expect(page.getByTestId('filter-distinct-id')).toHaveValue('a');
  await page.goBack();
  await table.shows(all.slice(0, 2));
  await expect(page.getByTestId('filter-distinct-id')).toHaveValue('');
  await page.goForward();
  await table.shows(all.slice(1, 2));
  await page.getByTestId('clear-filters').click();
  await table.shows(all);
  await table.toggleInternal();
  await table.shows([['$own', 'a', 'a'], ...all]);
});

test('a time filter is read as UTC, and one that is no time is explained', async ({ demo, table }) => {
  const at = (timestamp) => ({ ...event('tick', 'a', { timestamp }), timestamp });
  await send(demo, [at('2026-01-01T10:00:00.000Z'), at('2026-01-01T12:00:00.000Z')]);
  await expect(row(table, 'tick')).toHaveCount(2);
  await table.page.getByTestId('filter-before').fill('2026-01-01T11:00');
  await table.page.getByTestId('filter-before').press('Enter');
  await expect(row(table, 'tick')).toHaveCount(1);
  await expect(row(table, 'tick').locator('[data-col=timestamp]')).toHaveText('2026-01-01T10:00:00.000Z');
  await table.page.goto(`${demo.events}&after=yesterday`);
  await expect(table.page.getByTestId('problem')).toContainText('after');
});

test('a text is found in the name, the id and the properties, in the address and while events come', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('Needle thread', 'a'), event('plain', 'needle_7'), event('plain', 'a', { deep: { note: 'a NEEDLE' } }), event('plain', 'a')]);
  await expect(row(table, 'plain')).toHaveCount(3);
  await page.getByTestId('filter-text').fill('needle');
  await page.getByTestId('filter-text').press('Enter');
  const found = [['plain', 'a', 'a'], ['plain', 'needle_7', 'needle_7'], ['Needle thread', 'a', 'a']];
  await table.shows(found);
  expect(address(table)).toEqual({ environment: 'dev', text: 'needle' });
  await send(demo, [event('plain', 'b'), event('plain', 'b', { needle: true })]);
  await table.shows([['plain', 'b', 'b'], ...found]);
  await send(demo, [identify('user_1', 'needle_7')]);
  await table.shows([['plain', 'b', 'b'], ['plain', 'a', 'a'], ['plain', 'needle_7', 'user_1'], ['Needle thread', 'a', 'a']]);
  await page.goBack();
  await expect(row(table, 'plain')).toHaveCount(5);
  await expect(page.getByTestId('filter-text')).toHaveValue('');
  await page.goForward();
  await expect(row(table, 'plain')).toHaveCount(3);
  await page.getByTestId('clear-filters').click();
  await expect(row(table, 'plain')).toHaveCount(5);
});

test('events with warnings are marked and found, and so are those without', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('fine', 'a'), ...refusedMerge()]);
  await table.toggleInternal();
  await expect(row(table, '$identify')).toHaveCount(3);
  await expect(page.getByTestId('warned')).toHaveCount(1);
  await expect(row(table, '$identify').first().getByRole('img', { name: '1 warning' })).toBeVisible();
  await page.getByTestId('status-warning').click();
  await table.shows([['$identify', 'user_1', 'user_1']]);
  await expect(page.getByTestId('status-warning')).toHaveAttribute('aria-current', 'true');
  expect(address(table)).toEqual({ environment: 'dev', status: 'warning', internal: 'true' });
  await page.getByTestId('status-ok').click();
  await expect(page.getByTestId('event-row')).toHaveCount(3);
  await expect(page.getByTestId('warned')).toHaveCount(0);
  await page.goBack();
  await table.shows([['$identify', 'user_1', 'user_1']]);
  await page.getByTestId('status-any').click();
  await expect(page.getByTestId('event-row')).toHaveCount(4);
  await page.getByTestId('status-refused').click();
  await expect(page.getByTestId('refusals')).toBeVisible();
});

/** Answers of a search that finds nothing in 10 events for each, as if there were very many; the cursors asked for. */
async function endlessSearch(page) {
  const cursors = [];
  await page.route('**/api/dev/events?*text=*', (route) => {
    const cursor = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 1_000_001);
    cursors.push(cursor);
    return route.fulfill({ json: { events: [], next: cursor - 10 } });
  });
  return cursors;
}

test('a search that finds nothing stops, says how far it came, and goes on from there', async ({ demo, table }) => {
  const { page } = table;
  const cursors = await endlessSearch(page);
  await page.goto(`${demo.events}&text=needle`);
  const searched = page.getByTestId('searched');
  const further = page.getByTestId('load-older');
  await expect(further).toHaveText('Search further');
  await expect(page.getByTestId('empty')).toContainText('No event found yet');
  // Whoever still searches has other words from moment to moment.
  await expect.poll(async () => (await searched.textContent()) === (await searched.textContent()) && cursors.length).toBeGreaterThan(2);
  await further.click();
  await expect.poll(() => cursors.length).toBeGreaterThan(20);
  // Each piece once, and each below the one before.
  expect(cursors).toEqual(cursors.map((_, piece) => 1_000_001 - 10 * piece));
});

test('what a search has looked into is not searched again when events come', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('needle', 'a'), ...many('hay', 30), event('needle', 'b'), ...many('hay', 30)]);
  await page.goto(`${demo.events}&text=needle`);
  await table.shows([['needle', 'b', 'b'], ['needle', 'a', 'a']]);
  const asked = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/api/dev/events') asked.push(searchParams.get('cursor'));
  });
  await send(demo, [event('needle', 'c')]);
  await table.shows([['needle', 'c', 'c'], ['needle', 'b', 'b'], ['needle', 'a', 'a']]);
  // The new events from the top, then the rows that are shown, in an answer that begins at them.
  const newest = (await demo.stored()).find(({ distinct_id: id }) => id === 'c').seq;
  await expect.poll(() => asked).toEqual([null, String(newest + 1)]);
});

test('a person is found by name, by any id and by uuid, and is said to be nobody', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('before', ANONYMOUS_ID), identify('user_123', ANONYMOUS_ID), event('other', 'user_9')]);
  const theirs = [['before', ANONYMOUS_ID, 'user_123']];
  const all = [['other', 'user_9', 'user_9'], ...theirs];
  await table.shows(all);
  const field = page.getByTestId('filter-person');
  const { uuid } = await demo.person('user_123');
  for (const text of ['user_123', ANONYMOUS_ID, uuid]) {
    await field.fill(text);
    await field.press('Enter');
    await table.shows(theirs);
    await expect(field).toHaveValue('user_123');
    expect(new URL(page.url()).searchParams.get('person')).toBe(uuid);
    await page.getByTestId('clear-filters').click();
    await table.shows(all);
    await expect(field).toHaveValue('');
  }
  await field.fill('user_404');
  await field.press('Enter');
  await expect(page.getByTestId('filter-problem')).toContainText('“user_404”');
  await table.shows(all);
  await send(demo, [event('late', 'user_404')]);
  await field.press('Enter');
  await table.shows([['late', 'user_404', 'user_404']]);
  await expect(page.getByTestId('filter-problem')).toBeHidden();
});
