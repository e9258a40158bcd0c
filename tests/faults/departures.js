// Pages that are left: by a link, by closing the tab, one after the other. All on a healthy network,
// where nothing may be lost and nothing may come twice.

const healthy = true;
const firefox = true;

/** How long each page of a visit is looked at: less and more than events are gathered for. */
const DWELLS = [0, 300, 900, 1500, 2400, 2900, 3100, 3600, 600, 100];

/** Goes through a site from link to link; its server's answers take so many milliseconds. */
const tenPages = (name, latency, dwells) => ({
  name,
  healthy,
  firefox,
  decides: true,
  overlaps: true,
  async act(run) {
    run.proxy.latency = latency;
    await run.open('/page-0');
    for (const dwell of dwells) {
      run.count(1);
      await run.capture(3);
      await run.pause(dwell);
      await Promise.all([run.tab.page.waitForNavigation(), run.tab.click('a')]);
      run.count(1);
    }
  },
});

export const DEPARTURES = [
  {
    name: 'navigation right after 20 captures, cold',
    healthy,
    firefox,
    async act(run) {
      await run.open();
      await follow(run, 20);
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
      await follow(run, 20);
    },
  },
  {
    name: 'navigation in the moment of the answer',
    healthy,
    firefox,
    async act(run) {
      await run.open();
      await run.capture(20);
      await run.arrivals();
      // A little later in each repetition, so that one of them meets it.
      await run.pause(run.repetition * 3);
      await follow(run, 0);
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
  tenPages('ten pages of a healthy site', 40, DWELLS),
  tenPages('ten pages of a healthy site far away', 300, DWELLS.map((dwell) => dwell / 3)),
];

/** Captures, and goes to another page in the same task. */
async function follow(run, count) {
  const arrived = run.tab.page.waitForNavigation();
  const capture = (first, count) => {
    const returned = captures(first, count);
    location.href = '/?other';
    return returned;
  };
  const returned = await run.tab.run(capture, run.captured, count);
  await arrived;
  run.count(returned, count);
}
