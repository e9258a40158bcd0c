// Lays out JSON text without parsing its values: numbers keep every digit and keys
// their order, as the collector sent them.
import { element } from './element.js';

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/** Tokens of valid JSON text: `{text, kind, depth}`, kind one of key, string, number, word, punctuation. */
function tokens(json) {
  const found = [];
  let depth = 0;
  for (const { 0: text } of json.matchAll(TOKEN)) {
    if (text === '}' || text === ']') depth -= 1;
    found.push({ text, kind: kindOf(text), depth });
    if (text === '{' || text === '[') depth += 1;
    if (text === ':') found[found.length - 2].kind = 'key';
  }
  return found;
}

function kindOf(text) {
  if (text[0] === '"') return 'string';
  if (/^[-\d]/.test(text)) return 'number';
  return /^[a-z]/.test(text) ? 'word' : 'punctuation';
}

/** Pieces of an indented layout: tokens and the space between them, in order. */
function layout(found) {
  const base = found[0]?.depth ?? 0;
  const pieces = [];
  const space = (text) => pieces.push({ text, kind: null });
  found.forEach((token, index) => {
    const before = found[index - 1]?.text;
    const opensEmpty = (before === '{' && token.text === '}') || (before === '[' && token.text === ']');
    if (before === ':') space(' ');
    else if (index > 0 && token.text !== ',' && token.text !== ':' && !opensEmpty && (/^[{[,]$/.test(before) || /^[}\]]$/.test(token.text))) {
      space(`\n${'  '.repeat(token.depth - base)}`);
    }
    pieces.push(token);
  });
  return pieces;
}

/** Tokens of one member of the outermost object; null where it has none of that name. */
function memberTokens(json, name) {
  const all = tokens(json);
  const key = all.findIndex((token) => token.kind === 'key' && token.depth === 1 && JSON.parse(token.text) === name);
  if (key < 0) return null;
  const start = key + 2;
  let end = start + 1;
  if (/^[{[]$/.test(all[start].text)) {
    while (all[end].depth > 1) end += 1;
    end += 1;
  }
  return all.slice(start, end);
}

/** JSON text, indented by two. */
export function prettyJson(json) {
  return layout(tokens(json)).map((piece) => piece.text).join('');
}

/** One member of an object's JSON text, indented; null where it has none of that name. */
export function prettyMember(json, name) {
  const found = memberTokens(json, name);
  return found && layout(found).map((piece) => piece.text).join('');
}

/** A `<pre>` that shows JSON text indented and coloured. */
export function jsonElement(json) {
  const spans = layout(tokens(json)).map(({ text, kind }) =>
    kind === null || kind === 'punctuation' ? text : element('span', { class: `json-${kind}` }, text),
  );
  return element('pre', { class: 'json', tabindex: '0' }, spans);
}
