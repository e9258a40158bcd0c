// The events page: what was refused or let go, of the environment and of none, and why.

import { readFile } from 'node:fs/promises';
import { expect, KEYS, test } from './fixtures.js';
import { address, details, event, field, row, send, sendRefused } from './events-page.js';

const colour = (cell) => cell.evaluate((element) => getComputedStyle(element).color);
const nobody = { api_key: 'phc_nobody', event: '<b>x</b>', distinct_id: 'a' };
/** Names its environment and is refused all the same: properties must be an object. */
const broken = `{"api_key":"${KEYS.dev}","event":"broken","distinct_id":"user_1","properties":[12345678901234567890]}`;
const letGo = event('$identify', 'user_1', { $process_person_profile: false });

const own = (table) => table.page.getByTestId('refusals-by-distinct_id');
const unnamed = (table) => table.page.getByTestId('refusals-by-api_key');
const rows = (list) => list.getByTestId('refusal-row');

test('a refusal is counted at once, until it was looked at', async ({ demo, table }) => {
  const badge = table.page.getByTestId('refusals-badge');
  await expect(badge).toHaveText(/0/);
  expect(await sendRefused(demo, nobody)).toBe(401);
  await expect(badge).toHaveText(/1/);
  await expect(badge).toHaveClass(/has-unseen/);
  expect(await sendRefused(demo, broken)).toBe(400);
  await expect(badge).toHaveText(/2/);
  await badge.click();
  await expect(table.page.getByTestId('refusal-row')).toHaveCount(2);
  await expect(badge).not.toHaveClass(/has-unseen/);
  await sendRefused(demo, nobody);
  await expect(table.page.getByTestId('refusal-row')).toHaveCount(3);
  await badge.click();
  await expect(badge).not.toHaveClass(/has-unseen/);
  await sendRefused(demo, broken);
  await expect(badge).toHaveClass(/has-unseen/);
});

test('those of the environment stand apart from those of none', async ({ demo, table }) => {
  await sendRefused(demo, nobody);
  await sendRefused(demo, broken);
  await table.page.getByTestId('refusals-badge').click();
  await expect(rows(own(table))).toHaveCount(1);
  await expect(rows(own(table))).toContainText('properties');
  await expect(own(table).getByRole('table', { name: 'Refusals of dev' })).toBeVisible();
  await expect(rows(unnamed(table))).toHaveCount(1);
  await expect(rows(unnamed(table))).toContainText('phc_nobody');
  await table.page.goto(`${demo.collector}/?environment=staging&view=refusals`);
  await expect(rows(unnamed(table))).toHaveCount(1);
  await expect(own(table)).toContainText('Nothing sent to staging was refused');
  await expect(rows(own(table))).toHaveCount(0);
});

test('an event that was dropped from a request is no refused request', async ({ demo, table }) => {
  await send(demo, [event('kept', 'a'), letGo]);
  await table.shows([['kept', 'a', 'a']]);
  const { page } = table;
  await page.getByTestId('refusals-badge').click();
  const status = page.getByTestId('refusal-row').locator('[data-col="status"]');
  await expect(status).toHaveText('200');
  await expect(page.getByLabel('Refusals', { exact: true })).toContainText('the rest of its request is stored');
  const dropped = await colour(status);
  await sendRefused(demo, broken);
  await expect(status).toHaveText(['400', '200']);
  expect(await colour(status.first())).not.toBe(dropped);
});

test('one refusal says why, and gives its body to read, to copy and to keep', async ({ demo, table, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { page } = table;
  await sendRefused(demo, broken);
  await page.getByTestId('refusals-badge').click();
  await rows(own(table)).click();
  await expect(details(table).getByTestId('refusal-reason')).toContainText('properties');
  for (const [name, text] of [['status', '400'], ['field', 'properties'], ['event', 'broken'], ['distinct_id', 'user_1'], ['environment', 'dev'], ['api_key', KEYS.dev], ['request', 'POST /e/']]) {
    await expect(field(table, name)).toContainText(text);
  }
  await expect(details(table).locator('pre')).toContainText('12345678901234567890');
  await details(table).getByRole('button', { name: 'Copy the body' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(broken);
  const downloading = page.waitForEvent('download');
  await details(table).getByTestId('refusal-download').click();
  expect(await readFile(await (await downloading).path(), 'utf8')).toBe(broken);

  await page.reload();
  await expect(details(table).getByTestId('refusal-reason')).toContainText('properties');
  await page.keyboard.press('Escape');
  await expect(details(table)).toBeHidden();
  expect(address(table)).toEqual({ environment: 'dev', view: 'refusals' });
});

test('a body that is no text is shown as base64, one of none as what it is', async ({ demo, table }) => {
  const { page } = table;
  await fetch(`${demo.collector}/e/`, { method: 'POST', body: new Uint8Array([0xff, 0xfe, 0x00, 0x41]) });
  await page.getByTestId('refusals-badge').click();
  await rows(unnamed(table)).click();
  await expect(details(table).locator('pre')).toHaveText('//4AQQ==');
  await expect(details(table)).toContainText('4 bytes');
  await sendRefused(demo, '{"broken" <b>');
  await rows(unnamed(table)).first().click();
  await expect(details(table).locator('pre')).toHaveText('{"broken" <b>');
});

test('a refusal leads to the person of its distinct_id', async ({ demo, table }) => {
  const { page } = table;
  await send(demo, [event('hello', 'user_1'), letGo]);
  await row(table, 'hello').waitFor();
  await page.getByTestId('refusals-badge').click();
  await rows(own(table)).click();
  await details(table).getByTestId('refusal-person').click();
  await expect(page.getByTestId('person-name')).toHaveText('user_1');
  await table.shows([['hello', 'user_1', 'user_1']]);
});

test('the keyboard walks from one list to the other, and the panel follows', async ({ demo, table }) => {
  const { page } = table;
  await sendRefused(demo, nobody);
  await sendRefused(demo, broken);
  await page.getByTestId('refusals-badge').click();
  await expect(page.getByTestId('refusal-row')).toHaveCount(2);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(field(table, 'event')).toHaveText('broken');
  await page.keyboard.press('j');
  await expect(field(table, 'event')).toHaveText('<b>x</b>');
  await expect(rows(unnamed(table))).toHaveAttribute('aria-current', 'true');
  await page.keyboard.press('Escape');
  await expect(rows(unnamed(table)).getByRole('link')).toBeFocused();
});

test('refusals are told of without an environment', async ({ demo, table }) => {
  await table.page.goto(`${demo.collector}/?environment=nowhere`);
  await expect(table.page.getByTestId('problem')).toContainText('nowhere');
  await expect(table.page.getByTestId('live')).toHaveAttribute('data-state', 'open');
  await sendRefused(demo, nobody);
  await expect(table.page.getByTestId('refusals-badge')).toHaveText(/1/);
});
