// Writes workbooks with exceljs, whose folder is the first argument, into the folder of the second.
const path = require('path');
const excel = require(process.argv[2]);

const fill = (book) => {
  const sheet = book.addWorksheet('Of exceljs');
  const day = new Date(Date.UTC(2024, 2, 1, 13, 5, 7));
  sheet.addRow(['text', 1.1, true, day, null, { formula: 'B1*2', result: 2.2 }, { formula: 'A1&"!"', result: 'text!' }, { formula: '1/0', result: { error: '#DIV/0!' } }]);
  sheet.addRow([' 007 ', 12345678901234567, false, day, undefined, { formula: 'B1>1', result: true }, { richText: [{ text: 'rich ' }, { font: { bold: true }, text: 'text' }] }]);
  sheet.addRow(['line\nbreak', 0.1 + 0.2, '', 45352.25, 'é🙂', { error: '#N/A' }, { text: 'a link', hyperlink: 'https://example.org' }]);
  sheet.getCell('D2').numFmt = 'yyyy-mm-dd';
  sheet.getCell('D3').numFmt = '[h]:mm:ss';
  sheet.mergeCells('A5:C6');
  sheet.getCell('A5').value = 'merged';
  sheet.getCell('H40').value = 'far';
  book.addWorksheet('Hidden', { state: 'hidden' }).addRow(['there']);
};

(async () => {
  for (const [name, date1904] of [['exceljs', false], ['exceljs1904', true]]) {
    const book = new excel.Workbook();
    book.properties.date1904 = date1904;
    fill(book);
    await book.xlsx.writeFile(path.join(process.argv[3], `${name}.xlsx`));
  }
})();
