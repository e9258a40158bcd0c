// The events in a request's body, whichever client wrote it. Knows PostHog's ways to pack a batch.
// Never judges an event.

import { gunzipSync } from 'node:zlib';

/** The events of a body, each with what the client says of it; none where it holds no batch. */
export function eventsOf(body) {
  let said;
  try {
    said = JSON.parse(unpacked(body));
  } catch {
    return [];
  }
  const events = Array.isArray(said) ? said : (said?.batch ?? [said]);
  return events.filter((event) => typeof event?.event === 'string');
}

/** Whether a body is compressed, which takes a moment that a page at its end does not have. */
export const isCompressed = (body) => body[0] === 0x1f && body[1] === 0x8b;

function unpacked(body) {
  if (isCompressed(body)) return gunzipSync(body);
  const text = body.toString();
  const form = text.startsWith('data=') && new URLSearchParams(text).get('data');
  return form ? Buffer.from(form, 'base64') : text;
}
