// Hosts with names: a browser for which every name leads to this machine. For `test.use`.

import config from './playwright.config.js';

const { launchOptions } = config.use;

export const NAMED_HOSTS = {
  launchOptions: { ...launchOptions, args: [...launchOptions.args, '--host-resolver-rules=MAP * 127.0.0.1'] },
};

/** The address of a page of `site` on a host of another name. */
export const onHost = (site, host, path = '/') => `http://${host}:${new URL(site.origin).port}${path}`;
