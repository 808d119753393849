// Builds the console: the modules below this folder become the files of
// ../dist, which are committed and built into the program. The same sources give
// the same bytes, wherever they lie; a test compares.
//
//	node internal/console/web/build.mjs [FOLDER]
import { createHash } from 'node:crypto';
import { readFile, writeFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..', '..');
const out = path.resolve(process.argv[2] ?? path.join(here, '..', 'dist'));

const result = await build({
  absWorkingDir: here,
  entryPoints: { console: './main.mjs', style: './style/main.css' },
  outdir: 'assets',
  write: false,
  bundle: true,
  splitting: true, // what only operators need is loaded when one is there
  format: 'esm',
  target: ['es2022'],
  minify: true,
  metafile: true,
  preserveSymlinks: true, // also node_modules may be a link
  legalComments: 'none', // licences.txt has them all
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
});

const files = new Map(result.outputFiles.map((f) => [path.relative(path.join(here, 'assets'), f.path), f.contents]));
const outputs = Object.entries(result.metafile.outputs).map(([name, o]) => ({ ...o, name: path.basename(name) }));
const script = outputs.find((o) => o.entryPoint?.endsWith('main.mjs'));
const style = outputs.find((o) => o.entryPoint?.endsWith('main.css'));

// What the first module imports is asked for at once, not when it was read.
const preloads = script.imports.filter((i) => i.kind === 'import-statement').map((i) => path.basename(i.path)).sort();
const icon = await readFile(path.join(here, 'icon.svg'));
const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase()}.svg`;
files.set(iconName, icon);

const page = (await readFile(path.join(here, 'index.html'), 'utf8'))
  .replace('{{icon}}', `<link rel="icon" href="/console/assets/${iconName}">`)
  .replace('{{style}}', `<link rel="stylesheet" href="/console/assets/${style.name}">`)
  .replace('{{script}}', [
    ...preloads.map((name) => `<link rel="modulepreload" href="/console/assets/${name}">`),
    `<script type="module" src="/console/assets/${script.name}"></script>`,
  ].join('\n'));

const used = new Set(Object.keys(result.metafile.inputs).map((name) => /node_modules\/([^/]+)\//.exec(name)?.[1]).filter(Boolean));
const licences = await Promise.all([...used].sort().map(async (name) => {
  const { version } = JSON.parse(await readFile(path.join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name} ${version}\n\n${(await readFile(path.join(root, 'node_modules', name, 'LICENSE'), 'utf8')).trim()}\n`;
}));

await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, 'assets'), { recursive: true });
for (const [name, bytes] of files) await writeFile(path.join(out, 'assets', name), bytes);
await writeFile(path.join(out, 'index.html'), page);
await writeFile(path.join(out, 'assets', 'licences.txt'), licences.join('\n----\n\n'));
