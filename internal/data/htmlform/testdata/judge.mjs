// Reads documents, a JSON array of [before, formatted, minified], from standard input, and
// writes for each of them what is different in their trees as parse5 reads them, a JSON array of texts,
// empty where nothing is. White space at the edges of blocks is no difference, nor is how
// much of it is in text that was minified. Its argument is the folder of parse5.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { parse, serializeOuter } = await import(pathToFileURL(process.argv[2] + '/dist/index.js'));

const names = (s) => new Set(s.split(' '));
const blocks = names('address article aside blockquote body caption center col colgroup dd details dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li listing main menu nav ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul');
const hidden = names('base basefont bgsound link meta noframes noscript script style title');
const asIs = names('pre listing textarea xmp plaintext iframe noembed');
const boxes = names('area br embed img image input keygen param source track wbr select button object applet marquee template textarea iframe noembed xmp plaintext');
const html = 'http://www.w3.org/1999/xhtml';
const isSpace = (s) => /^[ \t\n\r\f]*$/.test(s);

function collect(node, verbatim, comments, all) {
  const name = node.nodeName;
  if (name === '#text') {
    const kind = verbatim ? 'v' : 't';
    const last = all.at(-1);
    if (last?.kind === kind) last.text += node.value;
    else all.push({ kind, text: node.value });
    return;
  }
  if (name === '#comment') {
    if (comments) all.push({ kind: 'h', text: '<!--' + node.data });
    return;
  }
  if (name === '#documentType') {
    all.push({ kind: 'b', text: JSON.stringify([node.name, node.publicId, node.systemId]) });
    return;
  }
  const ours = node.namespaceURI === html || name === '#document' || name === '#document-fragment';
  if (ours && hidden.has(name)) {
    all.push({ kind: 'h', text: serializeOuter(node) });
    return;
  }
  const tag = name + JSON.stringify(node.attrs ?? []) + (ours ? '' : node.namespaceURI);
  const kind = ours && (blocks.has(name) || name === '#document') ? 'b' : ours && !boxes.has(name) ? 'l' : 'i';
  verbatim ||= !ours || asIs.has(name) || (node.attrs ?? []).some((a) => a.name === 'style' && a.value.includes('white-space'));
  all.push({ kind, text: '<' + tag });
  if (name === 'template' && node.content) collect(node.content, verbatim, comments, all);
  for (const child of node.childNodes ?? []) collect(child, verbatim, comments, all);
  all.push({ kind, text: '</' + tag });
}

function edge(all, i, step) {
  for (i += step; i >= 0 && i < all.length; i += step) {
    const p = all[i];
    if (p.kind === 'b') return true;
    if (!(p.kind === 'h' || p.kind === 'l' || (p.kind === 't' && isSpace(p.text)))) return false;
  }
  return true;
}

function parts(document, minified) {
  const all = [];
  collect(parse(document), false, !minified, all);
  const kept = [];
  all.forEach((p, i) => {
    let text = p.text;
    if (p.kind === 't') {
      const empty = isSpace(text), before = edge(all, i, -1), behind = edge(all, i, 1);
      if (before || (empty && behind)) text = text.replace(/^[ \t\n\r\f]+/, '');
      if (behind || (empty && before)) text = text.replace(/[ \t\n\r\f]+$/, '');
      if (text === '') return;
      if (minified) text = text.replace(/[ \t\n\r\f]+/g, ' ');
    }
    kept.push(p.kind + text);
  });
  return kept;
}

function difference(before, after, minified) {
  const a = parts(before, minified), b = parts(after, minified);
  const i = a.findIndex((p, n) => p !== b[n]);
  return i < 0 && a.length === b.length ? '' : `${JSON.stringify(a.slice(i, i + 3))} became ${JSON.stringify(b.slice(i, i + 3))}`;
}

const documents = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(documents.map(([before, formatted, minified]) => difference(before, formatted, false) || difference(before, minified, true))));
