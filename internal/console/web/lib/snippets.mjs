// The lines that do the same as a request that was made by hand: for curl,
// Python's requests and JavaScript's fetch. The key is left out: each reads it
// from the environment. Whatever the input is, it is quoted so that it arrives as it was.
import { json, printable, pythonString, shellWord } from './ascii.mjs';
import { extensionOf } from './request.mjs';

const keyVariable = 'CLAIMCHECK_API_KEY';
const inline = 4000; // characters of an input that is written into the lines; a longer one is in a file

/** The languages in their order: name, label and the function that writes the lines. */
export const languages = [
  { name: 'curl', label: 'curl', lines: curl },
  { name: 'python', label: 'Python', lines: python },
  { name: 'javascript', label: 'JavaScript', lines: javascript },
];

/**
 * Where a program has the input from: a literal, or a file beside it. A text that
 * is long, or that a terminal would take for something else, is in a file.
 */
function inputOf(request, tool) {
  const { kind, text, file, value } = request.body;
  if (kind === 'json') return { literal: json(value) };
  if (kind === 'text' && text.length <= inline && printable(text)) return { literal: text };
  if (kind === 'text') return { file: `input.${tool?.extensions?.[0] ?? 'txt'}`, note: 'the input, saved as' };
  return { file: plainName(file.name), note: 'the file, as' };
}

/** A file's name without what cannot be seen or typed. */
function plainName(name) {
  return printable(name) && !/[\n\t]/.test(name) ? name : `input.${/^[a-z0-9]+$/.test(extensionOf(name)) ? extensionOf(name) : 'bin'}`;
}

export function curl(request, address, tool) {
  const from = inputOf(request, tool);
  const out = [];
  if (from.note) out.push(`# ${from.note} ${from.file}`);
  if (request.body.kind === 'upload') out.push(...curlUpload(request, address, from));
  out.push([
    `curl -sS ${shellWord(`${address}/${request.path}`)}`,
    `-H "x-api-key: $${keyVariable}"`,
    '-H "Idempotency-Key: $(date +%s)-$RANDOM$RANDOM"',
    ...request.headers.map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    request.body.kind === 'upload' ? `--data-raw "{\\"file\\":$(jq .upload.fields.key <<<"$FORM")}"` : from.file ? `--data-binary ${shellWord('@' + from.file)}` : `--data-raw ${shellWord(from.literal)}`,
  ].join(' \\\n  '));
  return out.join('\n') + '\n';
}

// The form's fields go as they are (--form-string), the file last.
function curlUpload(request, address, from) {
  return [
    '# for bash, with jq: a form, the file, the job',
    `FORM=$(curl -sS ${shellWord(address + '/upload-api')} -H "x-api-key: $${keyVariable}" -H 'Content-Type: application/json' -d ${shellWord(json({ filename: request.body.name }))})`,
    `mapfile -t FIELDS < <(jq -r '.upload.fields | to_entries[] | "--form-string", "\\(.key)=\\(.value)"' <<<"$FORM")`,
    `curl -sS --fail-with-body "$(jq -r .upload.url <<<"$FORM")" "\${FIELDS[@]}" -F ${shellWord(`file=@"${from.file.replace(/["\\]/g, '\\$&')}"`)}`,
  ];
}

export function python(request, address, tool) {
  const from = inputOf(request, tool);
  const upload = request.body.kind === 'upload';
  const body = upload
    ? 'json={"file": form["fields"]["key"]},'
    : from.file
      ? `data=open(${pythonString(from.file)}, "rb"),`
      : `data=${pythonString(from.literal)}.encode(),`;
  const headers = upload ? request.headers.filter(([name]) => name !== 'Content-Type') : request.headers;
  return [
    ...(from.note ? [`# ${from.note} ${from.file}`] : []),
    'import os',
    'import uuid',
    '',
    'import requests',
    '',
    ...(upload ? [
      `key = {"x-api-key": os.environ["${keyVariable}"]}`,
      `form = requests.post(${pythonString(address + '/upload-api')}, headers=key, json={"filename": ${pythonString(request.body.name)}}, timeout=60).json()["upload"]`,
      `with open(${pythonString(from.file)}, "rb") as f:`,
      '    requests.post(form["url"], data=form["fields"], files={"file": f}, timeout=600).raise_for_status()',
      '',
    ] : []),
    'answer = requests.post(',
    `    ${pythonString(`${address}/${request.path}`)},`,
    '    headers={',
    `        "x-api-key": os.environ["${keyVariable}"],`,
    '        "Idempotency-Key": str(uuid.uuid4()),',
    ...headers.map(([name, value]) => `        ${pythonString(name)}: ${pythonString(value)},`),
    '    },',
    `    ${body}`,
    '    timeout=60,',
    ')',
    'print(answer.status_code, answer.json())',
    '',
  ].join('\n');
}

export function javascript(request, address, tool) {
  const from = inputOf(request, tool);
  const upload = request.body.kind === 'upload';
  const body = upload ? 'JSON.stringify({ file: form.fields.key })' : from.file ? `await readFile(${json(from.file)})` : json(from.literal);
  return [
    ...(from.note ? [`// ${from.note} ${from.file}`] : []),
    ...(upload ? ['import { openAsBlob } from "node:fs";', ''] : from.file ? ['import { readFile } from "node:fs/promises";', ''] : []),
    ...(upload ? [
      `const { upload: form } = await (await fetch(${json(address + '/upload-api')}, {`,
      '  method: "POST",',
      `  headers: { "x-api-key": process.env.${keyVariable}, "Content-Type": "application/json" },`,
      `  body: JSON.stringify({ filename: ${json(request.body.name)} }),`,
      '})).json();',
      'const parts = new FormData();',
      'for (const [name, value] of Object.entries(form.fields)) parts.append(name, value);',
      `parts.append("file", await openAsBlob(${json(from.file)}));`,
      'const put = await fetch(form.url, { method: "POST", body: parts });',
      'if (!put.ok) throw new Error(await put.text());',
      '',
    ] : []),
    `const answer = await fetch(${json(`${address}/${request.path}`)}, {`,
    '  method: "POST",',
    '  headers: {',
    `    "x-api-key": process.env.${keyVariable},`,
    '    "Idempotency-Key": crypto.randomUUID(),',
    ...request.headers.map(([name, value]) => `    ${json(name)}: ${json(value)},`),
    '  },',
    `  body: ${body},`,
    '});',
    'console.log(answer.status, await answer.json());',
    '',
  ].join('\n');
}
