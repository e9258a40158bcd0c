// A computer's clock that jumps while a page is open: time goes on, and never back.

import { expect, tag, test } from './fixtures.js';

const HOUR = 3_600_000;

/** A computer whose clock is as far ahead as the test says. */
const CLOCK = `<script>window.ahead = 0; { const now = Date.now; Date.now = () => now() + ahead; }</script>`;

test('a clock that is set back and forth does not reorder what is captured; one that is over a minute ahead moves time on', async ({ page, site, wire, demo }) => {
  await page.goto(site.page('/', { head: CLOCK + tag(wire.address, { capture_pageview: false }) }));
  const captured = await page.evaluate(
    (jumps) => jumps.map((ahead, index) => ((window.ahead = ahead), posthog.capture(`jump_${index}`))),
    [0, -2 * HOUR, 50_000, 0, 2 * HOUR, 0, -HOUR, 2 * HOUR + 50_000, 4 * HOUR],
  );
  const times = captured.map(({ timestamp }) => Date.parse(timestamp));
  expect(times).toEqual([...times].sort((one, other) => one - other));
  // The first of a uuid's characters are its time.
  const stamps = captured.map(({ uuid }) => uuid.slice(0, 13));
  expect(stamps).toEqual([...stamps].sort());
  // Where it moved on, it did so by what the clock was ahead; else by what has really passed.
  const steps = times.slice(1).map((time, index) => Math.round((time - times[index]) / HOUR));
  expect(steps).toEqual([0, 0, 0, 2, 0, 0, 0, 2]);
  for (const step of [1, 2, 5, 6]) expect(times[step + 1] - times[step]).toBeLessThan(40_000);
  const sessions = captured.map(({ properties }) => properties.$session_id);
  expect(sessions.slice(0, 4)).toEqual(Array(4).fill(sessions[0]));
  expect(sessions[4], 'it was over').not.toBe(sessions[0]);
  expect(sessions.slice(4, 8)).toEqual(Array(4).fill(sessions[4]));
  await expect.poll(() => demo.names()).toEqual(captured.map(({ event }) => event));
});

test('a clock that jumps holds nothing up', async ({ page, site, wire }) => {
  await page.goto(site.page('/', { head: CLOCK + tag(wire.address, { capture_pageview: false }) }));
  for (const ahead of [0, -24 * HOUR, 24 * HOUR, HOUR]) {
    await page.evaluate((by) => ((window.ahead = by), posthog.capture(`at_${by}`)), ahead);
    await expect.poll(() => wire.sent.flat().includes(`at_${ahead}`)).toBe(true);
  }
});
