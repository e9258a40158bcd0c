// Python, and the releases of posthog-python that `cargo xtask` has installed, each in a folder of
// its own. Knows their list and the names of the folders.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The interpreter. */
export const PYTHON = process.env.BACKSTITCH_PYTHON;

/** The releases that are driven, as `{version, mode}`: the mode is that of their protocol. */
export const RELEASES = JSON.parse(readFileSync(join(import.meta.dirname, 'python-releases.json'), 'utf8'));

/** The environment in which `import posthog` is a release. */
export function packagesOf(version) {
  return { PYTHONPATH: join(process.env.BACKSTITCH_PYTHON_PACKAGES, `python-${version}`) };
}
