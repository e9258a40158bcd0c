// What stands where no event is shown: how to send the first one, or why none matches.
import { copyButton } from './copy.js';
import { element } from './element.js';

/** Nothing was ever sent to this environment. `host` is the collector's own address, `refusalsHref` where refusals stand. */
export function firstEvent(environment, host, refusalsHref) {
  const key = `<api_key of ${environment}>`;
  const tag = [
    '<script src="backstitch.js"></script>',
    '<script>',
    `  posthog.init('${key}', { api_host: '${host}' });`,
    "  posthog.capture('hello');",
    '</script>',
  ].join('\n');
  const curl = [
    `curl ${host}/e/ -H 'Content-Type: application/json' \\`,
    `  -d '{"api_key": "${key}", "event": "hello", "distinct_id": "me"}'`,
  ].join('\n');
  return [
    element('h2', {}, `Waiting for the first event of ${environment}`),
    element('p', {}, 'It will stand here the moment it is stored. The key is the ', element('code', {}, 'api_key'), ' under ', element('code', {}, `[environments.${environment}]`), ' in the collector’s config file.'),
    sample('From a page', tag),
    sample('From a shell', curl),
    element('p', { class: 'aside' }, 'Sent something already? A request with a wrong key or field stands under ', element('a', { href: refusalsHref }, 'Refusals'), ', with the reason.'),
  ];
}

function sample(title, code) {
  return element('figure', { class: 'sample' }, element('figcaption', { class: 'block-head' }, title, copyButton(() => code, `the code: ${title}`)), element('pre', { tabindex: '0' }, code));
}

/** There are events, but none that the filters let through; with `more` not all were searched yet. */
export function noMatch({ filtered, more, internalHref, clearHref }) {
  const title = !filtered ? 'Only the SDK’s own events so far' : more ? 'No event found yet' : 'No event matches';
  const ways = [
    internalHref === null ? null : element('a', { href: internalHref }, 'Show the SDK’s own $ events'),
    filtered ? element('a', { href: clearHref }, internalHref === null ? 'Clear the filters' : 'clear the filters') : null,
  ].filter((way) => way !== null);
  return [
    element('h2', {}, title),
    element('p', {}, filtered ? 'New ones appear here as they match. ' : 'Their names start with $. ', ...ways.flatMap((way, at) => (at === 0 ? [way] : [' or ', way])), '.'),
  ];
}
