#!/bin/sh
# css-tree reads "@media screen, print" as two media queries; with a space before the comma, which CSS allows and older tools write, it reads none: the prelude is raw text, and an error goes to
# onParseError alone. Who walks the tree for MediaQuery nodes, to prefix, count or drop them, passes over such rules without a word.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent css-tree@3.2.1
cat > run.cjs <<'JS'
const csstree = require('css-tree');
const kind = (css) => {
  const tree = csstree.parse(css);
  let queries = 0;
  csstree.walk(tree, (node) => { if (node.type === 'MediaQuery') queries++; });
  return `${tree.children.first.prelude.type} with ${queries} media queries`;
};
const tight = kind('@media screen, print { a { color: red } }');
const spaced = kind('@media screen , print { a { color: red } }');
console.log(`css-tree 3.2.1: "screen, print" is ${tight}; "screen , print" is ${spaced}`);
if (!tight.startsWith('AtrulePrelude') || !spaced.startsWith('Raw')) process.exit(1);
JS
node run.cjs
