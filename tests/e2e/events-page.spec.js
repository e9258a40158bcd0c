// The events page itself: how it follows what is stored, and what a reader can do with it.
// Events come straight from here; the SDK has no part in it.

import { expect, KEYS, test } from './fixtures.js';

/** Stores events and returns once they are. */
async function send(demo, events, environment = 'dev') {
  const response = await fetch(`${demo.collector}/batch/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ api_key: KEYS[environment], batch: events }),
  });
  expect(response.status, await response.text()).toBe(200);
}

const event = (name, distinctId, properties = {}) => ({ event: name, distinct_id: distinctId, properties });
const many = (name, count) => Array.from({ length: count }, (_, number) => event(name, 'user_1', { number }));
const identify = (id, anonymous) => event('$identify', id, { $anon_distinct_id: anonymous, $set: { email: `${id}@example.com` } });
const ANONYMOUS_ID = 'ph_anonymous_8a1f6b0e-6f0c-4c59-9a55-0d4a1b1f0c11';

const row = (table, name) => table.page.locator(`[data-testid="event-row"][data-event="${name}"]`);
const colour = (cell) => cell.evaluate((element) => getComputedStyle(element).color);
const details = (table) => table.page.getByTestId('details');

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

test('a refusal is counted at once, until it was looked at', async ({ demo, table }) => {
  const badge = table.page.getByTestId('refusals-badge');
  await expect(badge).toHaveText(/0/);
  const refused = () =>
    fetch(`${demo.collector}/e/`, { method: 'POST', body: JSON.stringify({ api_key: 'phc_nobody', event: '<b>x</b>', distinct_id: 'a' }) });
  expect((await refused()).status).toBe(401);
  await expect(badge).toHaveText(/1/);
  await expect(badge).toHaveClass(/has-unseen/);
  await badge.click();
  await expect(table.page.getByTestId('refusal-row')).toHaveCount(1);
  await expect(badge).not.toHaveClass(/has-unseen/);
  await refused();
  await expect(table.page.getByTestId('refusal-row')).toHaveCount(2);
});

test('an event that was dropped from a request is no refused request', async ({ demo, table }) => {
  await send(demo, [event('kept', 'a'), event('$identify', 'b', { $process_person_profile: false })]);
  await table.shows([['kept', 'a', 'a']]);
  const { page } = table;
  await page.getByTestId('refusals-badge').click();
  const status = page.getByTestId('refusal-row').locator('[data-col="status"]');
  await expect(status).toHaveText('200');
  await expect(page.getByLabel('Refusals', { exact: true })).toContainText('the rest of its request is stored');
  const dropped = await colour(status);
  await fetch(`${demo.collector}/e/`, { method: 'POST', body: JSON.stringify({ api_key: 'phc_nobody', event: 'x', distinct_id: 'a' }) });
  await expect(status).toHaveText(['401', '200']);
  expect(await colour(status.first())).not.toBe(dropped);
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

test('refusals are told of without an environment', async ({ demo, table }) => {
  await table.page.goto(`${demo.collector}/?environment=nowhere`);
  await expect(table.page.getByTestId('problem')).toContainText('nowhere');
  await expect(table.page.getByTestId('live')).toHaveAttribute('data-state', 'open');
  await fetch(`${demo.collector}/e/`, { method: 'POST', body: JSON.stringify({ api_key: 'phc_nobody', event: 'x', distinct_id: 'a' }) });
  await expect(table.page.getByTestId('refusals-badge')).toHaveText(/1/);
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
