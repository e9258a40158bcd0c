// The example of a CI job, run as its README says.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '../e2e/fixtures.js';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'ci');

test('the example of a CI job passes', async () => {
  const { BACKSTITCH_COLLECTOR, BACKSTITCH_DIST, ...inherited } = process.env;
  const env = { ...inherited, COLLECTOR: BACKSTITCH_COLLECTOR, SDK: BACKSTITCH_DIST };
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter', 'tap'], { cwd: EXAMPLE, env });
  expect(stdout).toContain('# pass 1\n');
  expect(stdout).toContain('# fail 0\n');
});
