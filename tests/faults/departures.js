// Pages that are left: by a link, by closing the tab, one after the other. All on a healthy network,
// where nothing may be lost and nothing may come twice.

const healthy = true;
const firefox = true;

/** How long each page of a visit is looked at: less and more than events are gathered for. */
const DWELLS = [0, 300, 900, 1500, 2400, 2900, 3100, 3600, 600, 100];

export const DEPARTURES = [
  {
    name: 'navigation right after 20 captures, cold',
    healthy,
    firefox,
    async act(run) {
      await run.open();
      await leave(run);
    },
  },
  {
    name: 'navigation by the script that captures',
    healthy,
    firefox,
    async act(run) {
      // The page is gone before it has loaded.
      await run.open('/leaving').catch(() => {});
      await run.tab.page.waitForFunction(() => location.pathname === '/');
      run.count(20);
    },
  },
  {
    name: 'navigation right after 20 captures, warm',
    healthy,
    firefox,
    async act(run) {
      await run.openWell();
      await leave(run);
    },
  },
  {
    name: 'tab closed right after 20 captures',
    healthy,
    firefox,
    async act(run) {
      await run.open();
      await run.capture(20);
      await run.close();
    },
  },
  {
    name: 'ten pages of a healthy site',
    decides: true,
    healthy,
    firefox,
    async act(run) {
      // As far away as a server of the same continent.
      run.proxy.latency = 40;
      await run.open('/page-0');
      for (const dwell of DWELLS) {
        run.count(1);
        await run.capture(3);
        await run.pause(dwell);
        await Promise.all([run.tab.page.waitForNavigation(), run.tab.click('a')]);
        run.count(1);
      }
    },
  },
];

/** Captures, and goes to another page in the same task. */
async function leave(run) {
  const arrived = run.tab.page.waitForNavigation();
  const returned = await run.tab.run((first) => {
    const returned = captures(first, 20);
    location.href = '/?other';
    return returned;
  }, run.captured);
  await arrived;
  run.count(returned, 20);
}
