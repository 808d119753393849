// Reads {"modules": folder, "cases": [{module, texts, esbuild}]}. For each case it writes how the
// trees and comments of its texts, which acorn reads, differ from those of the first; "" if they
// do not. Positions aside, trees are equal with the source of each literal. Where esbuild is set
// esbuild reads the texts too.
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const acorn = require(input.modules + "/acorn");
const esbuild = require(input.modules + "/esbuild");

function read(text, module) {
  const comments = [];
  const tree = acorn.parse(text, {
    ecmaVersion: "latest", sourceType: module ? "module" : "script", allowReturnOutsideFunction: !module,
    onComment: (block, body) => comments.push(body.split("\n").map((line) => line.trim()).join("\n")),
  });
  const bare = JSON.stringify(tree, (key, value) => {
    if (key === "start" || key === "end" || key === "directive") return undefined;
    return typeof value === "bigint" ? String(value) : value instanceof RegExp ? null : value;
  });
  return { bare, comments: comments.join("\n") };
}

// Whether a text is a program is asked where taken is set: it says what was found before. Names of
// properties of Unicode in regular expressions are looked up by acorn alone.
function agrees({ module, texts: [text], taken }) {
  try {
    acorn.parse(text, { ecmaVersion: "latest", sourceType: module ? "module" : "script" });
  } catch (e) {
    return taken && !e.message.includes("Invalid property name") ? `acorn refuses it: ${e.message}: ${text}` : "";
  }
  return taken ? "" : `acorn takes it: ${text}`;
}

function judge({ module, texts, esbuild: both, comments, taken }) {
  if (taken !== undefined) return agrees({ module, texts, taken });
  let first;
  for (const [i, text] of texts.entries()) {
    let is;
    try {
      is = read(text, module);
      if (both) esbuild.transformSync(text, { loader: "js", logLevel: "silent" });
    } catch (e) {
      return `text ${i} is refused: ${e.message}: ${text}`;
    }
    first ??= is;
    if (is.bare !== first.bare) return `the tree of text ${i} is another: ${text}`;
    if (i < comments && is.comments !== first.comments) return `the comments of text ${i} are others: ${text}`;
  }
  return "";
}

process.stdout.write(JSON.stringify(input.cases.map(judge)));
