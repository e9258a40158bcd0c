// A page and a backend, each with its own client, capture events of one user: they are one person.

import { join } from 'node:path';
import { tag } from '../e2e/fixtures.js';
import { expect, run, stored, test } from './fixtures.js';
import { PYTHON, packagesOf } from './python.js';

const BACKEND = join(import.meta.dirname, '..', '..', 'examples', 'backend.py');

test('the browser and examples/backend.py meet in one person', async ({ page, site, collector }) => {
  await page.goto(site.page('/', { head: tag(collector.address) }));
  const anonymous = await page.evaluate(() => posthog.get_distinct_id());
  await page.evaluate(() => {
    posthog.capture('pageview');
    posthog.identify('user_123', { plan: 'pro' });
  });
  await stored(collector, ['pageview']);
  await expect.poll(async () => (await collector.events(true)).some(({ event }) => event === '$identify')).toBe(true);

  await run(PYTHON, [BACKEND], collector.address, packagesOf('5.4.0'));
  await stored(collector, ['login_success', 'pageview']);
  const events = await collector.events(true);
  expect(new Set(events.map(({ person }) => person.uuid)).size).toBe(1);
  const login = events.find(({ event }) => event === 'login_success');
  expect(login.properties.$lib).toBe('posthog-python');
  const person = await collector.personOf(login);
  expect(person.name).toBe('user_123');
  expect(person.properties).toMatchObject({ plan: 'pro', email: 'user@example.com' });
  expect(person.distinct_ids.map(({ distinct_id }) => distinct_id).sort()).toEqual([anonymous, 'user_123'].sort());
});
