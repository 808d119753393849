// Prints the lines of each language for the forms that the test tells, as
// [{language, lines, body}], body being what the request's input is. The
// first argument is {modules, address, forms: [{draft, tool, file}]}.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { modules, address, forms } = JSON.parse(process.argv[2]);
const load = (name) => import(pathToFileURL(join(modules, 'lib', name)).href);
const { emptyDraft, requestOf, wrongs } = await load('request.mjs');
const { languages } = await load('snippets.mjs');

const out = [];
for (const { draft, tool, file } of forms) {
  const whole = { ...emptyDraft(), ...draft, file: file ? new File([file.text], file.name) : null };
  const wrong = wrongs(whole, tool);
  if (Object.keys(wrong).length > 0) throw new Error(`${JSON.stringify(draft)}: ${JSON.stringify(wrong)}`);
  const request = requestOf(whole, tool);
  for (const l of languages) out.push({ language: l.name, lines: l.lines(request, address, tool), headers: request.headers, text: request.body.text ?? file?.text ?? JSON.stringify(request.body.value) });
}
console.log(JSON.stringify(out));
