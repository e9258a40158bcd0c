// The live indicator: says whether the page follows the collector, pauses and resumes
// it, and says what is missing while it does not.

/** `onPause(on)` is called when the reader pauses or resumes. */
export function createLiveButton({ button, lost, onPause }) {
  const label = button.querySelector('.live-text');
  const action = button.querySelector('.live-action');
  let connection = 'connecting';
  let paused = false;
  let newest = 0;
  // The newest number when the reader paused; null until this environment has told one.
  let pausedAt = null;

  function draw() {
    const missed = newest - (pausedAt ?? newest);
    const states = { connecting: 'Connecting', open: 'Live', lost: 'Reconnecting' };
    button.dataset.state = connection === 'open' && paused ? 'paused' : connection;
    action.textContent = paused ? ', resume' : ', pause';
    if (connection === 'open' && paused) label.textContent = missed > 0 ? `Paused · ${missed.toLocaleString('en')} new` : 'Paused';
    else label.textContent = states[connection];
    lost.hidden = connection !== 'lost';
    if (connection === 'lost') lost.textContent = `The collector at ${location.host} does not answer. What is shown is what it last said. Trying again…`;
  }

  function toggle() {
    paused = !paused;
    pausedAt = newest > 0 ? newest : null;
    draw();
    onPause(paused);
  }

  button.addEventListener('click', toggle);

  return {
    toggle,
    /** Another environment: its numbers are its own. */
    restart() {
      newest = 0;
      pausedAt = null;
    },
    /** The stream's state: `connecting`, `open` or `lost`. */
    connection(now) {
      // A lost connection stays lost to the reader until it is back.
      connection = connection === 'lost' && now === 'connecting' ? 'lost' : now;
      draw();
    },
    /** The newest sequence number the collector has told. */
    saw(seq) {
      newest = seq;
      pausedAt ??= seq;
      if (paused) draw();
    },
  };
}
