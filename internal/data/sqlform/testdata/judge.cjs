// Reads {"modules": folder, "cases": [{dialect, texts}]} and writes, for each case, what
// sql-formatter makes of each of its texts, or what it says of it.
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { format } = require(input.modules + "/sql-formatter");
const language = { generic: "sql", ansi: "sql", oracle: "plsql", tsql: "transactsql" };
const made = input.cases.map(({ dialect, texts }) => texts.map((text) => {
  try {
    return format(text, { language: language[dialect] ?? dialect });
  } catch (e) {
    return "refused: " + e.message.split("\n")[0];
  }
}));
process.stdout.write(JSON.stringify(made));
