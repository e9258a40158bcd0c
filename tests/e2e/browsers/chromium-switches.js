// The switches that keep a Chromium quiet, for whichever program drives it.

export const CHROMIUM_SWITCHES = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];
