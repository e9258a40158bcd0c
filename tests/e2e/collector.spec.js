// The way of an event to the environment of its key, and of a wrong key to the refusals.

import { expect, KEYS, tag, test } from './fixtures.js';

test('an unknown key is refused, and the events page shows it', async ({ page, site, demo, table }) => {
  const answer = page.waitForResponse((response) => response.url() === `${demo.collector}/e/`);
  await page.goto(site.page('/', { head: tag(demo.collector, {}, 'phc_nobody') }));
  expect((await answer).status()).toBe(401);
  expect(await (await answer).text()).toContain('phc_nobody');
  for (const environment of Object.keys(KEYS)) expect(await demo.names(environment)).toEqual([]);

  const { refusals } = await demo.api('refusals');
  expect(refusals).toMatchObject([{ status: 401, field: 'api_key', api_key: 'phc_nobody', path: '/e/', origin: site.origin }]);
  await table.page.goto(`${demo.collector}/?view=refusals`);
  await expect(table.page.getByTestId('refusals')).toContainText('phc_nobody');
  await expect(table.page.getByTestId('refusals')).toContainText('401');
});

test('an event lands in the environment of its key and in no other', async ({ page, site, demo, table }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, {}, KEYS.staging) }));
  await page.evaluate(() => posthog.capture('only_staging'));
  await expect.poll(() => demo.names('staging')).toEqual(['$pageview', 'only_staging']);
  expect(await demo.names('dev')).toEqual([]);
  expect(await demo.names('prod')).toEqual([]);
  await table.page.goto(`${demo.collector}/?environment=staging`);
  await table.shows([['only_staging', expect.any(String), '(Anonymous)']]);
  await table.page.goto(`${demo.collector}/?environment=dev`);
  await table.shows([]);
});

test("a person's page shows all their ids", async ({ page, site, demo, table }) => {
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  const anonymous = await page.evaluate(() => posthog.get_distinct_id());
  await page.evaluate(() => posthog.identify('user_1', { email: 'a@example.com' }));
  await expect.poll(async () => (await demo.stored()).some((event) => event.person.name === 'user_1')).toBe(true);
  const person = await demo.person('user_1');
  await table.page.goto(`${demo.events}&person=${person.uuid}`);
  await expect(table.page.getByTestId('person')).toContainText('a@example.com');
  await expect(table.page.getByTestId('person-distinct-id')).toHaveCount(2);
  const ids = await table.page.getByTestId('person-distinct-id').allTextContents();
  expect(ids.map((id) => id.trim()).sort()).toEqual([anonymous, 'user_1']);
});
