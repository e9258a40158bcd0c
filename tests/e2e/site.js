// A customer's site for tests: pages with any head and headers, and the built SDK under /dist/,
// byte for byte. A real server, because intercepting requests changes how a browser preflights
// and caches. Never answers for the collector.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.ts': 'text/plain; charset=utf-8',
};

/** Hosts of a shop that the tests' browsers find on this machine. */
export const SHOP_HOSTS = ['app.shop.test', 'www.shop.test'];

export class Site {
  #files = new Map();
  #held = new Map();

  static async start() {
    const site = new Site();
    site.server = createServer((request, response) => site.#serve(request, response));
    site.server.listen(0, '127.0.0.1');
    await once(site.server, 'listening');
    site.origin = `http://127.0.0.1:${site.server.address().port}`;
    /** The paths asked for, in order. */
    site.requested = [];
    return site;
  }

  /** Puts a file on the site and gives its address. */
  file(path, text, headers = {}) {
    this.#files.set(path, { text, headers: { ...typeOf(path), ...headers } });
    return this.origin + path;
  }

  /** The site's address by another name. */
  at(host) {
    return `http://${host}:${this.server.address().port}`;
  }

  /** Puts a page on the site and gives its address. */
  page(path, { head = '', body = '', headers = {} }) {
    const html = `<!doctype html>\n<html lang="en">\n<head>\n<title>A page</title>\n${head}\n</head>\n<body>${body}</body>\n</html>\n`;
    return this.file(path, html, { 'content-type': TYPES['.html'], ...headers });
  }

  /** Answers what `matches` a path only after the function it gives has been called. */
  hold(matches) {
    let release;
    this.#held.set(matches, new Promise((resolve) => (release = resolve)));
    return release;
  }

  /** The files of the SDK that were asked for. */
  get fetched() {
    return this.requested.filter((path) => path.startsWith('/dist/'));
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  async #serve(request, response) {
    const path = new URL(request.url, this.origin).pathname;
    this.requested.push(path);
    for (const [matches, released] of this.#held) if (matches(path)) await released;
    const file = this.#files.get(path) ?? built(path);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'cache-control': 'no-store', ...file.headers }).end(file.text);
  }
}

const typeOf = (path) => ({ 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });

/** A file of the SDK as it was built. */
function built(path) {
  if (!path.startsWith('/dist/') || normalize(path) !== path) return undefined;
  try {
    const text = readFileSync(join(process.env.BACKSTITCH_DIST, path.slice('/dist/'.length)));
    return { text, headers: typeOf(path) };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
