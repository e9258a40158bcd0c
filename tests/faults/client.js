// The two clients that are compared, as a site would load them. Knows where the files are, and what
// makes both send nothing but what a page captures. Changes nothing in either.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEWEST, VERSIONS } from '../clients/posthog-js.js';

const CLIENTS = join(import.meta.dirname, '..', 'clients', 'node_modules');

export const OURS = {
  name: 'backstitch',
  script: '/dist/backstitch.js',
  options: { capture_pageview: false },
};

export const POSTHOG_JS = {
  name: `posthog-js ${NEWEST}`,
  script: '/array.js',
  options: {
    capture_pageview: false,
    capture_pageleave: false,
    autocapture: false,
    disable_session_recording: true,
    advanced_disable_flags: true,
    // Else it sends nothing from a browser that is automated.
    opt_out_useragent_filter: true,
  },
};

/** Puts a client's file on a site, unless the site has it. */
export function install(site, client) {
  if (client === POSTHOG_JS) site.file(client.script, readFileSync(join(CLIENTS, VERSIONS[NEWEST], 'dist', 'array.js'), 'utf8'));
}
