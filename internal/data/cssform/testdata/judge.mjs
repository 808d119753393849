// Reads pairs of style sheets, a JSON array of [before, after], from standard input, and
// writes for each of them what is different in their trees as css-tree reads them, a JSON array
// of texts, empty where nothing is. White space, comments and zeros that say nothing are
// no difference. Its argument is the folder of css-tree.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const csstree = createRequire(import.meta.url)(process.argv[2]);

// words are the tokens of what css-tree keeps as text.
function words(text) {
  const all = [];
  csstree.tokenize(text, (type, start, end) => {
    const word = text.slice(start, end);
    if (type !== csstree.tokenTypes.WhiteSpace && type !== csstree.tokenTypes.Comment) all.push(type === csstree.tokenTypes.Url ? csstree.url.decode(word) : number(name(word)));
  });
  return all.filter((word, i) => !(word === ';' && all[i + 1] === '}'));
}

// number is a number without zeros that say nothing.
function number(text) {
  const m = /^([+-]?)(\d*)\.(\d+)(.*)$/s.exec(text);
  return m ? m[1] + m[2].replace(/^0+$/, '') + '.' + m[3].replace(/(?<=.)0+$/, '') + m[4] : text;
}

// name is a name without the white space that ends an escape, which css-tree keeps.
const name = (text) => text.replace(/(\\[0-9a-f]{1,6})\s$/i, '$1');

function tree(css) {
  const errors = [];
  const ast = csstree.toPlainObject(csstree.parse(css, { parseCustomProperty: false, onParseError: (e) => errors.push(e.message) }));
  return [clean(ast), errors.length];
}

const original = new WeakMap(); // nodes of what clean made of them

function clean(node) {
  if (Array.isArray(node)) return node.map(clean).filter((n) => n !== null);
  if (node === null || typeof node !== 'object') return node;
  if (node.type === 'Comment' || node.type === 'WhiteSpace') return null;
  if (node.type === 'Raw' && node.value === ';') return null; // an empty statement
  if (node.type === 'Raw') return { type: 'Raw', words: words(node.value) };
  const made = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'loc') continue;
    if (node.type === 'Declaration' && key === 'value' && node.property.startsWith('--')) made[key] = value.value.trim(); // byte for byte
    else if (key === 'name' && typeof value === 'string') made[key] = name(value);
    else if (key === 'value' && typeof value === 'string' && (node.type === 'Number' || node.type === 'Dimension' || node.type === 'Percentage')) made[key] = number(value);
    else made[key] = clean(value);
  }
  original.set(made, node);
  return made;
}

function difference(a, b, path) {
  if (JSON.stringify(a) === JSON.stringify(b)) return '';
  if (a && b && typeof a === 'object' && typeof b === 'object') {
    if ((a.type === 'Raw') !== (b.type === 'Raw')) { // css-tree could not read it with the white space that it has in one of them
      const [raw, read] = a.type === 'Raw' ? [a, b] : [b, a];
      if (JSON.stringify(raw.words) === JSON.stringify(words(csstree.generate(csstree.fromPlainObject(original.get(read)))))) return '';
    }
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = difference(a[name], b[name], path + '/' + name);
      if (found) return found;
    }
    return '';
  }
  return `${path}: ${JSON.stringify(a)?.slice(0, 300)} became ${JSON.stringify(b)?.slice(0, 300)}`;
}

const pairs = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(pairs.map(([before, after]) => {
  const [a, wrong] = tree(before);
  const [b, wrongAfter] = tree(after);
  return difference(a, b, '') || (wrong >= wrongAfter ? '' : `${wrong} mistakes became ${wrongAfter}`);
})));
