// What user agents say, against what posthog-js reads from them: the same strings were given to
// user-agent-utils of @posthog/core 1.67.3.

import { expect, KEYS, tag, test } from './fixtures.js';

const NAMES = ['$browser', '$browser_version', '$os', '$os_version', '$device', '$device_type'];

/** A user agent, and what it says in the order of NAMES. */
const AGENTS = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ['Chrome', 131, 'Windows', '10', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ['Chrome', 131, 'Mac OS X', '10.15.7', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ['Chrome', 131, 'Linux', undefined, undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ['Chrome', 131, 'Chrome OS', undefined, undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (X11; CrOS aarch64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ['Chrome', 131, 'Chrome OS', undefined, undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36',
    ['Chrome', 131, 'Linux', undefined, undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
    ['Chrome', 131, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.39 Mobile Safari/537.36',
    ['Chrome', 131, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ['Chrome', 131, 'Android', undefined, 'Android Tablet', 'Tablet'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
    ['Samsung Internet', 27, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36',
    ['Chrome', 131, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Linux; U; Android 4.0.3; en-us; GT-I9100) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30',
    ['Android Mobile', 4, 'Android', '4.0.3', 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0',
    ['Firefox', 133, 'Windows', '10', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
    ['Firefox', 133, 'Linux', undefined, undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
    ['Firefox', 133, 'Linux', undefined, undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0',
    ['Firefox', 133, 'Mac OS X', '10.15.0', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0',
    ['Firefox', 133, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/133.0 Mobile/15E148 Safari/605.1.15',
    ['Firefox iOS', 133, 'iOS', '17.7.0', 'iPhone', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1',
    ['Chrome iOS', 131, 'iOS', '17.7.0', 'iPhone', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
    ['Safari', 18.1, 'Mac OS X', '10.15.7', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1.1 Mobile/15E148 Safari/604.1',
    ['Mobile Safari', 18.1, 'iOS', '18.1.1', 'iPhone', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
    ['Mobile Safari', 17.7, 'iOS', '17.7.0', 'iPad', 'Tablet'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    ['Mobile Safari', undefined, 'iOS', '18.1.0', 'iPhone', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51',
    ['Microsoft Edge', 131, 'Windows', '10', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; HD1913) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.39 Mobile Safari/537.36 EdgA/131.0.2903.41',
    ['Chrome', 131, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 EdgiOS/131.0.2903.41 Mobile/15E148 Safari/605.1.15',
    ['Mobile Safari', 17, 'iOS', '17.7.1', 'iPhone', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763',
    ['Microsoft Edge', 18.17763, 'Windows', '10', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0',
    ['Opera', 115, 'Windows', '10', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Mobile Safari/537.36 OPR/85.0.0.0',
    ['Opera', 85, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko',
    ['Internet Explorer', 11, 'Windows', '7', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)',
    ['Internet Explorer', 9, 'Windows', '7', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Linux; U; Android 11; en-US; RMX2185) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.4.0.1306 Mobile Safari/537.36',
    ['UC Browser', 13.4, 'Android', undefined, 'Android', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 [FBAN/FBIOS;FBAV/465.0.1.41.103;FBBV/602060281;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5.1;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]',
    ['Facebook Mobile', undefined, 'iOS', '17.5.1', 'iPhone', 'Mobile'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBDV/iPad6,11;FBMD/iPad;FBSN/iOS;FBSV/13.3;FBSS/2;FBID/tablet;FBLC/en_US;FBOP/5]',
    ['Facebook Mobile', undefined, 'iOS', '13.3.0', 'iPad', 'Tablet'],
  ],
  [
    'Mozilla/5.0 (Windows NT 6.3; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36',
    ['Chrome', 109, 'Windows', '8.1', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36',
    ['Chrome', 109, 'Windows', '7', undefined, 'Desktop'],
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1',
    ['Chrome iOS', 131, 'iOS', '17.7.0', 'iPad', 'Tablet'],
  ],
  [
    'Mozilla/5.0 (Android 14; Tablet; rv:133.0) Gecko/133.0 Firefox/133.0',
    ['Firefox', 133, 'Android', undefined, 'Android Tablet', 'Tablet'],
  ],
  [
    'Chrome/_1',
    ['Chrome', undefined, undefined, undefined, undefined, 'Desktop'],
  ],
  [
    'Chrome/01.2',
    ['Chrome', undefined, undefined, undefined, undefined, 'Desktop'],
  ],
  [
    'curl/8.5.0',
    [undefined, undefined, undefined, undefined, undefined, 'Desktop'],
  ],
  [
    '',
    [undefined, undefined, undefined, undefined, undefined, 'Desktop'],
  ],
  [
    'Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423',
    ['Opera Mini', 36.2, 'Android', undefined, 'Android Tablet', 'Tablet'],
  ],
];

test('user agents say what posthog-js reads from them', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  const said = await page.evaluate(
    async ([agents, token, api_host]) => {
      const said = [];
      for (const agent of agents) {
        Object.defineProperty(navigator, 'userAgent', { configurable: true, get: () => agent });
        const instance = await new Promise((loaded) => {
          const options = { api_host, capture_pageview: false, persistence: 'memory', loaded };
          posthog.init(token, options, `agent${said.length}`);
        });
        said.push(instance.capture('seen').properties);
      }
      return said;
    },
    [AGENTS.map(([agent]) => agent), KEYS.dev, demo.collector],
  );
  for (const [index, [agent, expected]] of AGENTS.entries()) {
    const properties = said[index];
    expect(properties.$raw_user_agent).toBe(agent);
    expect(
      NAMES.map((name) => properties[name]),
      agent,
    ).toEqual(expected);
  }
});
