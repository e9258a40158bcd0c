// The keyboard: which key means what. Leaves every key to fields that take text, and
// every combination to the browser.

/** Each action is a function; what is not handled stays the browser's. */
export function listenToKeys({ move, close, focusFilter, pause }) {
  const actions = {
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    '/': focusFilter,
    p: pause,
  };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    const typing = target.matches('input:not([type=checkbox]), textarea, select');
    if (event.key === 'Escape') {
      if (typing) target.blur();
      else close();
      return;
    }
    // A focused <pre> scrolls by the arrows.
    if (typing || (target.matches('pre') && event.key.startsWith('Arrow'))) return;
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
