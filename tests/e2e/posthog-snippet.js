// A snippet of PostHog's shape: what sites have on their pages that moved to its script years ago
// or yesterday. Knows that shape, which is public; holds no text of PostHog's own snippet.

/**
 * The methods of a snippet of today: all that posthog-js has, so that names which its build made
 * up stand among them, and `init` itself.
 */
const TODAY =
  'init Ce Re Ms capture calculateEventProperties register register_once unregister getFeatureFlag isFeatureEnabled ' +
  'reloadFeatureFlags onFeatureFlags identify setPersonProperties group resetGroups reset get_distinct_id alias ' +
  'people.set people.set_once set_config opt_in_capturing debug _internal';

/** The few of one that was pasted years ago. */
const ONCE = 'capture identify alias people.set people.set_once set_config register reset opt_out_capturing';

/** Where snippets find the script at their `api_host`, and their methods. */
export const SNIPPETS = {
  'of today': { path: '/static/1/array.js', methods: TODAY },
  'of yesterday': { path: '/static/array.js', methods: TODAY },
  'of years ago': { path: '/static/array.js', methods: ONCE },
  'with everything': { path: '/static/array.full.js', methods: TODAY },
  'with its configuration': { path: '/array/{key}/array.js', methods: TODAY },
};

/** The snippet, to be followed by `posthog.init`, for the key of a project. */
export function snippet({ path, methods }, key) {
  const given = [path.replace('{key}', key), methods.split(' ')].map((value) => JSON.stringify(value));
  return `(${leaveStub})(window, document, ${given});`;
}

/** Runs in the page: makes `window.posthog` an array that notes calls, and whose `init` loads the script. */
function leaveStub(window, document, path, methods) {
  var posthog = window.posthog || [];
  if (posthog.__SV || posthog.__loaded) return;
  window.posthog = posthog;
  posthog._i = [];
  posthog.__SV = 1;
  posthog.init = function (token, config, name) {
    var queue = name === undefined ? posthog : (posthog[name] = []);
    queue.people = queue.people || [];
    queue.toString = function () {
      return (name || 'posthog') + ' (stub)';
    };
    methods.forEach(function (method) {
      var parts = method.split('.');
      var target = parts[1] ? queue[parts[0]] : queue;
      var last = parts[1] || method;
      target[last] = function () {
        target.push([last].concat([].slice.call(arguments)));
      };
    });
    posthog._i.push([token, config, name || 'posthog']);
    var script = document.createElement('script');
    script.type = 'text/javascript';
    script.crossOrigin = 'anonymous';
    script.async = true;
    script.src = config.api_host.replace('.i.posthog.com', '-assets.i.posthog.com') + path;
    var first = document.getElementsByTagName('script')[0];
    first.parentNode.insertBefore(script, first);
  };
}
