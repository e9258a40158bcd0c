// What axe finds wrong with a page. Knows how axe is run, nothing of what it runs on.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from './fixtures.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds in a page, each with where it is. */
export async function violations(page) {
  // Moving colours have no contrast of their own; what is in sight at the end has.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => (animation.effect.getComputedTiming().iterations === Infinity ? animation.cancel() : animation.finished))));
  await page.evaluate(axe);
  const { violations: found, passes } = await page.evaluate(() => globalThis.axe.run(document));
  // It has looked: a page without a heading's or a colour's check was not there yet.
  expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'document-title']));
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}
