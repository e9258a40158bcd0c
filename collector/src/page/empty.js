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

/** There are events, but none that the filters let through. */
export function noMatch(filtered, internalHref, clearHref) {
  return [
    element('h2', {}, filtered ? 'No event matches' : 'Only the SDK’s own events so far'),
    element(
      'p',
      {},
      filtered ? 'New ones appear here as they match. ' : 'Their names start with $. ',
      internalHref === null ? null : element('a', { href: internalHref }, 'Show the SDK’s own $ events'),
      filtered && internalHref !== null ? ' or ' : null,
      filtered ? element('a', { href: clearHref }, 'clear the filters') : null,
      '.',
    ),
  ];
}
