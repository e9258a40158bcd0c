// Keeps one server-sent event stream open: reconnects by itself, and lets go of the
// connection while the page is hidden. Knows nothing of what a change means.

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;

/**
 * Opens `path`. `onChange(data)` is called with each `change` event's parsed data (the
 * first follows every connect, so what was missed is caught up on), `onState` with
 * `connecting`, `open` or `lost`. Returns a function that closes the stream for good.
 */
export function openStream(path, onChange, onState = () => {}) {
  let source = null;
  let timer = null;
  let wait = FIRST_RETRY_MS;

  function connect() {
    clearTimeout(timer);
    timer = null;
    source = new EventSource(path);
    source.addEventListener('open', () => {
      wait = FIRST_RETRY_MS;
      onState('open');
    });
    source.addEventListener('change', (event) => onChange(JSON.parse(event.data)));
    // The browser's own retry has a fixed, longer wait, and none at all after an HTTP error.
    source.addEventListener('error', () => {
      disconnect();
      onState('lost');
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, LAST_RETRY_MS);
    });
  }

  function disconnect() {
    clearTimeout(timer);
    timer = null;
    source?.close();
    source = null;
  }

  // A browser allows six connections to one host, over all its tabs: streams of tabs
  // that nobody sees would leave none to the site that sends events.
  function onVisibility() {
    disconnect();
    if (!document.hidden) connect();
  }
  function onOnline() {
    if (source === null && !document.hidden) connect();
  }

  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', onOnline);
  onState('connecting');
  if (!document.hidden) connect();

  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    window.removeEventListener('online', onOnline);
    disconnect();
  };
}
