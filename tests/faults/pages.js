// Pages that ask for much, or lack something: thousands of events at once, another tab, storage that
// is full or blocked, values that are no JSON. The network is healthy.

export const PAGES = [
  {
    name: '2,000 captures in one tick',
    healthy: true,
    async act(run) {
      await run.open();
      await run.capture(2_000);
    },
  },
  {
    name: 'two tabs at once',
    healthy: true,
    overlaps: true,
    async act(run) {
      await run.open();
      const first = run.tab;
      run.tab = await run.visitor.tab();
      await run.open();
      const captured = run.captured;
      await Promise.all([first, run.tab].map(({ page }, at) => run.capture(20, captured + at * 20, page)));
    },
  },
  {
    name: 'storage full',
    again: '/full',
    async act(run) {
      run.tab = await run.visitor.tab();
      const devtools = await run.tab.page.createCDPSession();
      // For the database; Chromium takes 0 for no limit. The page fills localStorage.
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: run.site.origin, quotaSize: 1 });
      await run.open('/full');
      await run.capture(20);
      await run.pause(1_000);
      await run.capture(20);
      await run.open('/full');
    },
  },
  {
    name: 'storage blocked',
    again: '/framed',
    async act(run) {
      await run.open('/framed');
      await run.capture(20, 0, run.tab.page.frames().at(-1));
      await run.pause(1_000);
      await run.capture(20, 20, run.tab.page.frames().at(-1));
      await run.open('/framed');
    },
  },
  {
    name: 'hostile values between good ones',
    async act(run) {
      await run.open('/hostile');
      const [returned, called] = await run.tab.run(() => {
        let n = 0;
        let returned = 0;
        for (const value of VALUES) for (const given of ['good', value]) returned += captures(n++, 1, given);
        return [returned, n];
      });
      run.count(returned, called);
    },
  },
];
