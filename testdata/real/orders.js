// Makes orders-exceljs.xlsx in the folder of the second argument, with exceljs, whose folder is the first:
// 10,000 orders by the rule that real_test.go of internal/data/workbook has too. LibreOffice made the others of it:
// soffice --headless --convert-to xls orders-exceljs.xlsx, and the same with xlsx.
const path = require('path');
const excel = require(process.argv[2]);

const cities = ['Zürich', 'São Paulo', 'Kraków', '東京', 'New York', 'Malmö', 'İzmir', 'Αθήνα'];
const names = ['Ann Example', "Seán O'Brien", 'María "Mia" Núñez', 'Zoë & Sons', '李雷', 'van der Berg, J.', '<Ltd>', 'Ümit'];

(async () => {
  const book = new excel.Workbook();
  const orders = book.addWorksheet('Orders');
  orders.columns = ['id', 'code', 'customer', 'city', 'ordered', 'shipped', 'quantity', 'price', 'total', 'paid', 'note'].map((header) => ({ header }));
  for (let i = 0; i < 10000; i++) {
    const ordered = 43831 + ((i * 7) % 1500);
    const quantity = 1 + ((i * i) % 97);
    const price = ((i * 7919) % 100000) / 100;
    const row = orders.addRow([
      i + 1, String(i * 31).padStart(8, '0'), names[i % 8], cities[(i * 5) % 8], ordered, i % 9 ? ordered + 1 + (i % 96) / 96 : null, quantity, price,
      { formula: `G${i + 2}*H${i + 2}`, result: Math.round(quantity * price * 100) / 100 }, i % 3 === 0, i % 50 ? undefined : `Call first.\nThen deliver, order ${i}.`,
    ]);
    row.getCell(5).numFmt = 'yyyy-mm-dd';
    row.getCell(6).numFmt = 'dd/mm/yyyy hh:mm';
    row.getCell(8).numFmt = '#,##0.00';
  }
  const cityRows = book.addWorksheet('Cities', { state: 'hidden' });
  cities.forEach((city, i) => cityRows.addRow([city, i]));
  await book.xlsx.writeFile(path.join(process.argv[3], 'orders-exceljs.xlsx'));
})();
