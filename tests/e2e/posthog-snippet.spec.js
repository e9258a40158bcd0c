// A page that has PostHog's snippet, of whichever age, and names the collector as its `api_host`:
// it gets Backstitch, and what it called before counts.

import { ANONYMOUS, BRISK, expect, inMode, KEYS, MODES, test } from './fixtures.js';
import { SNIPPETS, snippet } from './posthog-snippet.js';

/** A page with a snippet, `init` with the key of `dev`, and `calls`. */
function snippeted(site, host, shape, calls) {
  const init = `posthog.init('${KEYS.dev}', ${JSON.stringify({ api_host: host, person_profiles: 'identified_only', ...BRISK })});`;
  return site.page('/', { head: `<script>${snippet(shape, KEYS.dev)}\n${init}\n${calls}</script>` });
}

/** Waits until Backstitch has taken the place of the stub. */
const loaded = (page) => page.waitForFunction(() => window.posthog.__loaded && window.posthog === window.backstitch);

for (const [age, shape] of Object.entries(SNIPPETS)) {
  test(`one ${age} loads Backstitch, and its calls work`, async ({ page, site, demo, complaints }) => {
    const calls = `
      posthog.register({ plan: 'free' });
      posthog.people.set({ plan: 'free' });
      posthog.push(function () { window.ran = true; });
      posthog.capture('one', { n: 1 });
      posthog.identify('user_1', { email: 'a@example.com' });
      posthog.capture('two');
      window.stub = String(posthog);`;
    await page.goto(snippeted(site, demo.collector, shape, calls));
    await loaded(page);
    expect(await page.evaluate(() => [window.stub, String(posthog), window.ran])).toEqual(['posthog (stub)', 'posthog', true]);
    await page.evaluate(() => posthog.capture('three'));
    await expect.poll(() => demo.names()).toEqual(['$identify', '$pageview', '$set', 'one', 'three', 'two']);
    const person = await demo.person('user_1');
    expect(person.properties).toMatchObject({ email: 'a@example.com', plan: 'free' });
    expect(person.distinct_ids.map(({ distinct_id }) => distinct_id).sort()).toEqual([expect.stringMatching(ANONYMOUS), 'user_1']);
    const stored = await demo.stored();
    expect(stored.map((event) => event.person.uuid)).toEqual(Array(6).fill(person.uuid));
    for (const { timestamp, received_at } of stored) {
      expect(Date.parse(timestamp)).toBeGreaterThan(Date.parse(received_at) - 60_000);
    }
    expect(complaints.errors).toEqual([]);
  });
}

test('names that posthog-js made up are called in vain, and keep no other call from being made', async ({ page, site, demo, complaints }) => {
  const calls = "posthog.Ce({}); posthog._internal(); posthog.capture('one'); posthog.Ms('x', 1); posthog.capture('two');";
  await page.goto(snippeted(site, demo.collector, SNIPPETS['of today'], calls));
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'one', 'two']);
  expect(complaints.errors).toEqual([]);
});

for (const age of ['of today', 'of years ago']) {
  test(`a second, named instance works with one ${age}`, async ({ page, site, demo, complaints }) => {
    const options = JSON.stringify({ api_host: demo.collector, ...BRISK });
    const calls = `posthog.init('${KEYS.staging}', ${options}, 'second'); if (posthog.second) posthog.second.capture('early');`;
    await page.goto(snippeted(site, demo.collector, SNIPPETS[age], calls));
    await loaded(page);
    await page.evaluate(() => posthog.second.capture('named'));
    // A stub whose list has "init" has no queue for the second instance.
    const early = age === 'of today' ? [] : ['early'];
    await expect.poll(() => demo.names('staging')).toEqual(['$pageview', ...early, 'named']);
    await expect.poll(() => demo.names()).toEqual(['$pageview']);
    expect(complaints.errors).toEqual([]);
  });
}

test('without WebAssembly the rest comes from the collector too', async ({ page, site, demo }) => {
  await inMode(MODES[1], page);
  const rest = page.waitForResponse(`${demo.collector}/static/1/backstitch.nowasm.js`);
  await page.goto(snippeted(site, demo.collector, SNIPPETS['of today'], "posthog.capture('one');"));
  expect((await rest).status()).toBe(200);
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'one']);
});
