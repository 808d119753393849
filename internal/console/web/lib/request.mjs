// From what a person filled in to the request that is sent. The same request is
// what the lines for curl, Python and JavaScript are made of, so that they do
// exactly what was done.
import { json } from './ascii.mjs';
import { bytes } from './format.mjs';

/** A form that nobody has filled in. */
export const emptyDraft = () => ({
  tool: '',
  options: {}, // by header; '' or absent: the default
  source: 'text', // text, file, url
  text: '',
  file: null, // a File
  send: 'body', // how a file goes: with the request (body), or before it (upload)
  url: '',
  wait: 'sync', // sync or async
  priority: '',
  runAt: '', // as an input of type datetime-local has it
  webhook: '',
  metadata: [], // [name, value]
});

const header = /^[\x20-\x7e]*$/;

/** What is wrong with the value of an option, or ''. */
export function wrongOption(option, value) {
  const v = value.trim();
  if (v === '') return option.required ? 'This option is needed.' : '';
  if (option.kind === 'integer') {
    const range = option.min !== undefined && option.max !== undefined;
    const good = /^\d{1,9}$/.test(v) && (!range || (Number(v) >= option.min && Number(v) <= option.max));
    if (good) return '';
    return range ? `A whole number from ${option.min} to ${option.max}.` : 'A whole number.';
  }
  if (!header.test(v)) return 'Only letters without accents, digits and signs fit into a header.';
  return option.kind === 'text' && option.max && v.length > option.max ? `At most ${option.max} characters.` : '';
}

export function wrongPriority(value) {
  const v = value.trim();
  return v === '' || (/^-?\d{1,2}$/.test(v) && Math.abs(Number(v)) <= 10) ? '' : 'A whole number from -10 to 10.';
}

const longestDelay = 30 * 86400;

export function wrongRunAt(value, now = Date.now()) {
  if (value === '') return '';
  const at = Date.parse(value);
  if (Number.isNaN(at)) return 'A date and a time.';
  return at / 1000 > now / 1000 + longestDelay ? 'At most 30 days from now.' : '';
}

export function wrongURL(value) {
  if (value.trim() === '') return 'An address, for instance https://example.org/data.json.';
  let url;
  try {
    url = new URL(value.trim());
  } catch {
    return 'This is not an address; one begins with https://.';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'The address must begin with https:// or http://.';
  return url.username || url.password ? 'The address must not have a name or a password in it.' : '';
}

export const wrongWebhook = (value) => (value.trim() === '' ? '' : wrongURL(value));

/** What is wrong with the pairs of metadata, one text for each, '' for none. */
export function wrongMetadata(pairs) {
  const seen = new Set();
  return pairs.map(([name, value], i) => {
    if (name === '' && value === '') return '';
    if (i >= 16) return 'At most 16 pairs.';
    if (name === '') return 'A name is missing.';
    if ([...name].length > 64) return 'A name has at most 64 characters.';
    if ([...value].length > 256) return 'A value has at most 256 characters.';
    if (seen.has(name)) return 'This name is there twice.';
    seen.add(name);
    return '';
  });
}

/** The extension of a file's name or of an address, lower case; '' for none. */
export function extensionOf(name) {
  return /\.([^./]+)$/.exec(name)?.[1].toLowerCase() ?? '';
}

/** What is wrong with a name's extension for a tool, or ''. */
export function wrongExtension(tool, name) {
  const allowed = tool?.extensions ?? [];
  if (allowed.length === 0 || allowed.includes(extensionOf(name))) return '';
  return `This tool takes files that end in ${allowed.map((e) => '.' + e).join(', ')}.`;
}

/** A name for an upload: letters, digits, _ and - and one dot, as the server wants it. */
export function uploadName(name) {
  const ext = extensionOf(name);
  const stem = (ext ? name.slice(0, -ext.length - 1) : name).normalize('NFKD').replace(/\p{M}+/gu, '').replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 80);
  return `${stem || 'input'}.${ext}`;
}

/** Whether a tool's input can be text; what a tool does not say may be anything. */
export function takesText(tool) {
  const types = tool?.input?.content_types ?? [];
  return types.length === 0 || types.some((t) => !/^(image|audio|video|font|multipart)\/|^application\/(octet-stream|pdf|zip|vnd\.(?!.*[+](json|xml)))/.test(t));
}

/** The tool that a form begins with: the one that is easiest to try, or the first that runs. */
export function firstTool(tools) {
  return tools.find((t) => t.name === 'json-formatter' && !t.paused) ?? tools.find((t) => !t.paused) ?? tools[0];
}

/** Everything that is wrong with a form, by field; {} if it can be sent. */
export function wrongs(draft, tool, now = Date.now()) {
  const found = {};
  const note = (field, text) => text && (found[field] = text);
  if (!tool) note('tool', 'Please choose a tool.');
  for (const option of tool?.options ?? []) note(option.header, wrongOption(option, draft.options[option.header] ?? ''));
  const most = tool?.limits?.max_bytes ?? 0;
  const tooLarge = (size) => (most > 0 && size > most ? `At most ${bytes(most)}; this has ${bytes(size)}.` : '');
  if (draft.source === 'text' && !takesText(tool)) note('text', 'This tool takes no text: please choose a file or an address.');
  else if (draft.source === 'text') note('text', draft.text === '' ? 'Please enter the input.' : tooLarge(new Blob([draft.text]).size));
  if (draft.source === 'url') note('url', wrongURL(draft.url) || wrongExtension(tool, new URL(draft.url.trim()).pathname));
  if (draft.source === 'file') {
    if (!draft.file) note('file', 'Please choose a file.');
    else if (draft.file.size === 0) note('file', 'The file is empty.');
    else if (tooLarge(draft.file.size)) note('file', tooLarge(draft.file.size));
    else if (draft.send === 'upload') note('file', wrongExtension(tool, draft.file.name) || (extensionOf(draft.file.name) ? '' : 'An upload needs a file whose name has an extension.'));
  }
  note('priority', wrongPriority(draft.priority));
  note('runAt', wrongRunAt(draft.runAt, now));
  note('webhook', wrongWebhook(draft.webhook));
  if (wrongMetadata(draft.metadata).some(Boolean)) note('metadata', 'Please look at the metadata.');
  return found;
}

/** What a text, or a file, is sent as. */
function contentType(tool, file) {
  if (tool.input?.json) return 'application/json';
  if (file?.type) return file.type;
  const named = tool.input?.content_types?.find((t) => /^[\w.+-]+\/[\w.+-]+/.test(t));
  return named ?? (file ? 'application/octet-stream' : 'text/plain; charset=utf-8');
}

/**
 * The request of a form: {path, headers, body}, without key and idempotency key.
 * body: {kind: 'text', text}, {kind: 'file', name, file}, {kind: 'json', value},
 * or {kind: 'upload', name, file}, where the file goes first and the value that
 * names it is known only then.
 */
export function requestOf(draft, tool) {
  const headers = [];
  const add = (name, value) => value !== '' && headers.push([name, value]);
  for (const { header: name } of tool.options ?? []) add(name, (draft.options[name] ?? '').trim());
  let body;
  if (draft.source === 'url') {
    add('x-source-type', 'url');
    body = { kind: 'json', value: { url: draft.url.trim() } };
  } else if (draft.source === 'file' && draft.send === 'upload') {
    add('x-source-type', 'file');
    body = { kind: 'upload', name: uploadName(draft.file.name), file: draft.file };
  } else if (draft.source === 'file') {
    body = { kind: 'file', name: draft.file.name, file: draft.file };
  } else {
    body = { kind: 'text', text: draft.text.toWellFormed?.() ?? draft.text };
  }
  const inBody = body.kind === 'text' || body.kind === 'file';
  add('Content-Type', inBody ? contentType(tool, body.file) : 'application/json');
  // A call with its input is answered with the result, others with a job, unless they ask for the other.
  if (inBody && draft.wait === 'async') add('Prefer', 'respond-async');
  if (!inBody && draft.wait === 'sync') add('Prefer', 'respond-async, wait=25');
  add('x-priority', draft.priority.trim());
  if (draft.runAt) add('x-run-at', String(Math.ceil(Date.parse(draft.runAt) / 1000)));
  if (draft.webhook.trim()) add('x-webhook-url', new URL(draft.webhook.trim()).href);
  const metadata = draft.metadata.filter(([name]) => name !== '');
  if (metadata.length > 0) add('x-metadata', json(Object.fromEntries(metadata)));
  return { path: tool.path.replace(/^\//, ''), headers, body };
}
