// Follows one environment: holds the one stream of this page, and tells what of each
// change is new. A browser allows few streams, over all its windows.
import { streamPath } from './api.js';
import { openStream } from './stream.js';

/**
 * `onConnection(state)`: as stream.js. `onRefusals()`: there are others. `onEvents(lastSeq,
 * {startOver})`: events came; with `startOver` rows may have gone as well.
 */
export function createFollower({ onConnection, onRefusals, onEvents }) {
  let close = null;
  // Null while the stream tells of refusals alone.
  let followed = null;
  let lastSeq = 0;

  return {
    /** Turns to an environment, null for none; `seq` is its newest sequence number as far as known. Answers whether that is another one. */
    follow(environment, seq) {
      if (close !== null && followed === environment) return false;
      close?.();
      followed = environment;
      lastSeq = seq;
      // What the stream told last; nothing since it was opened, so that all is fetched again then.
      let told = {};
      let generation = null;
      close = openStream(
        streamPath(environment),
        (change) => {
          const before = told;
          told = change;
          const startOver = change.generation !== (generation ?? change.generation);
          generation = change.generation;
          if (startOver || change.last_refusal !== before.last_refusal || change.last_unnamed_refusal !== before.last_unnamed_refusal) onRefusals();
          if (environment === null || (!startOver && change.last_seq === before.last_seq)) return;
          lastSeq = change.last_seq;
          onEvents(lastSeq, { startOver });
        },
        (connection) => {
          if (connection === 'open') told = {};
          onConnection(connection);
        },
      );
      return true;
    },
    /** The newest sequence number of the environment. */
    get lastSeq() {
      return lastSeq;
    },
  };
}
