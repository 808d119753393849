// Reads workbooks as read.py does, with exceljs, whose folder is the first argument.
const excel = require(process.argv[2]);

const plain = (v) => {
  if (typeof v === 'boolean') return ['b', String(v)];
  if (typeof v === 'number') return ['n', String(v)];
  if (v instanceof Date) return ['d', v.toISOString()];
  if (v && v.richText) return ['s', v.richText.map((t) => t.text).join('')];
  if (v && v.error) return ['s', v.error];
  if (v && v.formula) return plain(v.result);
  return ['s', v];
};

(async () => {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const all = [];
  for (const name of JSON.parse(Buffer.concat(chunks))) {
    const book = new excel.Workbook();
    await book.xlsx.readFile(name);
    all.push(book.worksheets.map((sheet) => {
      const cells = {};
      sheet.eachRow((row, r) => row.eachCell((cell, c) => {
        if (cell.value !== null && !(cell.isMerged && cell.master !== cell)) cells[`${r - 1},${c - 1}`] = plain(cell.value);
      }));
      return [sheet.name, cells];
    }));
  }
  process.stdout.write(JSON.stringify(all));
})();
