// The ES module: in a browser as it is, and through a bundler.

import { build } from 'esbuild';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BRISK, expect, inMode, KEYS, MODES, test } from './fixtures.js';

const calls = (host) => `
  posthog.init('${KEYS.dev}', ${JSON.stringify({ api_host: host, ...BRISK })});
  posthog.capture('from_module', { id: posthog.get_distinct_id() });`;

/** The events arrived, from one visitor, who is the one that the page was told of. */
async function arrived(demo) {
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'from_module']);
  const event = (await demo.stored()).find(({ event }) => event === 'from_module');
  expect(event.properties.id).toBe(event.distinct_id);
}

/** Bundles a page's script with the package as npm installs it, and puts it on the site. */
async function bundled(site, folder, source, options) {
  const installed = join(folder, 'site', 'node_modules', 'backstitch');
  await mkdir(dirname(installed), { recursive: true });
  await symlink(dirname(process.env.BACKSTITCH_DIST), installed);
  await writeFile(join(folder, 'site', 'page.js'), source);
  const out = join(folder, 'out');
  await build({ entryPoints: [join(folder, 'site', 'page.js')], bundle: true, outdir: out, logLevel: 'silent', ...options });
  for (const name of await readdir(out)) site.file(`/${name}`, await readFile(join(out, name), 'utf8'));
}

for (const mode of MODES) {
  test.describe(mode, () => {
    test.beforeEach(({ page }) => inMode(mode, page));

    test('a browser loads it as it is', async ({ page, site, demo, complaints }) => {
      const script = `<script type="module">import posthog from '/dist/index.js';${calls(demo.collector)}</script>`;
      await page.goto(site.page('/', { head: script }));
      await arrived(demo);
      expect(complaints.errors).toEqual([]);
    });

    test('esbuild bundles it with code splitting', async ({ page, site, demo, data, complaints }) => {
      const source = `import posthog from 'backstitch';${calls(demo.collector)}`;
      await bundled(site, data, source, { format: 'esm', splitting: true });
      await page.goto(site.page('/', { head: '<script type="module" src="/page.js"></script>' }));
      await arrived(demo);
      expect(complaints.errors).toEqual([]);
    });

    test('esbuild bundles it into one script', async ({ page, site, demo, data, complaints }) => {
      const source = `import { posthog } from 'backstitch';${calls(demo.collector)}`;
      await bundled(site, data, source, { format: 'iife', minify: true });
      await page.goto(site.page('/', { head: '<script src="/page.js"></script>' }));
      await arrived(demo);
      expect(complaints.errors).toEqual([]);
    });
  });
}
