// The events page: one person, and how they came to be: which event added which id, who was merged
// into them, and who was not, and why.

import { expect, test } from './fixtures.js';
import { ANONYMOUS_ID, details, event, identify, many, refusedMerge, row, send } from './events-page.js';

const card = (table) => table.page.getByTestId('person');
const entries = (table) => card(table).getByTestId('history-entry');
const kinds = (table) => entries(table).evaluateAll((items) => items.map((item) => item.dataset.kind));

async function open(demo, table, name) {
  await expect.poll(async () => (await demo.stored()).some(({ person }) => person.name === name)).toBe(true);
  const { uuid } = await demo.person(name);
  await table.page.goto(`${demo.events}&person=${uuid}`);
  await expect(card(table).getByTestId('person-name')).toHaveText(name);
  return uuid;
}

test('a history tells what made a person, and each entry leads to its event', async ({ demo, table }) => {
  await send(demo, [event('pageview', ANONYMOUS_ID), identify('user_1', ANONYMOUS_ID)]);
  await open(demo, table, 'user_1');
  await expect(entries(table).first()).toContainText(`pageview made this person with ${ANONYMOUS_ID}`);
  await expect(entries(table).nth(1)).toContainText('$identify added user_1');
  await expect(entries(table).filter({ hasText: 'identified them' })).toHaveCount(1);
  // Each id stands with the event that brought it.
  const ids = card(table).locator('.id-list li');
  await expect(ids.filter({ hasText: ANONYMOUS_ID })).toContainText('came by pageview');
  await expect(ids.filter({ hasText: 'user_1' })).toContainText('came by $identify');
  await entries(table).first().getByRole('link', { name: 'pageview' }).click();
  await expect(details(table).getByRole('heading', { level: 2 })).toHaveText('pageview');
  await expect(card(table)).toBeVisible();
});

test('a merge stands in the history with whom it brought, while the page is open', async ({ demo, table }) => {
  await send(demo, [event('pageview', ANONYMOUS_ID), event('hello', 'user_1')]);
  const before = (await demo.stored()).find(({ distinct_id: id }) => id === ANONYMOUS_ID).person.uuid;
  await open(demo, table, 'user_1');
  await expect(entries(table)).toHaveCount(1);
  await send(demo, [identify('user_1', ANONYMOUS_ID)]);
  await expect.poll(() => kinds(table)).toContain('merged');
  const merged = entries(table).filter({ hasText: 'into this person' });
  await expect(merged).toContainText(ANONYMOUS_ID);
  await expect(merged.locator('a.person')).toHaveAttribute('title', before);
  // What made the other is told as theirs.
  await expect(entries(table).filter({ hasText: 'then as' })).toContainText('pageview made this person');
  await merged.locator('a.person').click();
  await expect(card(table).getByTestId('person-name')).toHaveText('user_1');
});

test('what was not merged stands at both persons, with the reason', async ({ demo, table }) => {
  await send(demo, refusedMerge());
  for (const [name, text] of [['user_1', 'did not merge user_2'], ['user_2', 'did not merge this person into']]) {
    await open(demo, table, name);
    const refused = entries(table).filter({ hasText: text });
    await expect(refused).toHaveCount(1);
    await expect(refused.locator('.why')).toContainText('cannot_merge_already_identified');
  }
  await open(demo, table, 'user_1');
  await expect(card(table).getByTestId('person-warning')).toContainText('cannot_merge_already_identified');
  await card(table).getByTestId('person-warning').getByRole('link', { name: '$identify' }).click();
  await expect(details(table).locator('.warnings')).toContainText('cannot_merge_already_identified');
});

test('an event of theirs that was let go leads to its refusal', async ({ demo, table }) => {
  await send(demo, [event('hello', 'user_1'), event('$create_alias', 'user_1', { alias: 'x', $process_person_profile: false })]);
  await open(demo, table, 'user_1');
  await card(table).getByTestId('person-warning').getByRole('link', { name: 'the refusal' }).click();
  await expect(details(table).getByTestId('refusal-reason')).toContainText('$create_alias');
});

test('a long history and many ids are folded, and stay unfolded while events come', async ({ demo, table }) => {
  await send(demo, [event('first', 'user_1'), ...Array.from({ length: 15 }, (_, number) => identify('user_1', `device_${number}`))]);
  await open(demo, table, 'user_1');
  const folded = card(table).locator('.older-history');
  await expect(entries(table).first()).toBeHidden();
  await folded.locator('summary').click();
  await expect(entries(table).first()).toBeVisible();
  await send(demo, many('more', 1));
  await expect(row(table, 'more')).toHaveCount(1);
  await expect(card(table)).toContainText('17 events');
  await expect(entries(table).first()).toBeVisible();
});
