package workbook_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"claimcheck/internal/data"
	"claimcheck/internal/data/datatest"
)

// TestOrdersOfThreeMakersAreTheSame reads 10,000 orders as exceljs and LibreOffice wrote them, the latter
// in both kinds of workbook.
func TestOrdersOfThreeMakersAreTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"orders-exceljs.xlsx", "orders-libreoffice.xlsx", "orders-libreoffice.xls"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "real", name))
		if err != nil {
			t.Fatal(err)
		}
		sheets, err := read(b, &data.Options{SheetIndex: -1, HasHeader: true})
		if err != nil {
			t.Fatalf("%s: %v", name, datatest.Described(err))
		}
		if len(sheets) != 2 || sheets[1].name != "Cities" || len(sheets[1].rows) != 7 || fmt.Sprint(sheets[0].columns) != "[id code customer city ordered shipped quantity price total paid note]" {
			t.Fatalf("%s: %d sheets, columns %v", name, len(sheets), sheets[0].columns)
		}
		if n := len(sheets[0].rows); n != 10_000 {
			t.Fatalf("%s: %d orders", name, n)
		}
		for i, row := range sheets[0].rows {
			want := order(i)
			for j, c := range row {
				if cell(c) != want[j] {
					t.Fatalf("%s, order %d, %s: got %q, want %q", name, i, sheets[0].columns[j], cell(c), want[j])
				}
			}
		}
	}
}

// order is an order as testdata/real/orders.js makes it.
func order(i int) []string {
	cities := []string{"Zürich", "São Paulo", "Kraków", "東京", "New York", "Malmö", "İzmir", "Αθήνα"}
	names := []string{"Ann Example", "Seán O'Brien", `María "Mia" Núñez`, "Zoë & Sons", "李雷", "van der Berg, J.", "<Ltd>", "Ümit"}
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 43831+i*7%1500)
	shipped := ""
	if i%9 > 0 {
		shipped = "s:" + day.AddDate(0, 0, 1).Add(time.Duration(i%96)*15*time.Minute).Format("2006-01-02T15:04:05")
	}
	note := ""
	if i%50 == 0 {
		note = fmt.Sprintf("s:Call first.\nThen deliver, order %d.", i)
	}
	quantity, cents := 1+i*i%97, i*7919%100_000
	return []string{
		strconv.Itoa(i + 1), fmt.Sprintf("s:%08d", i*31), "s:" + names[i%8], "s:" + cities[i*5%8], "s:" + day.Format(time.DateOnly), shipped, strconv.Itoa(quantity), amount(cents),
		amount(quantity * cents), strconv.FormatBool(i%3 == 0), note,
	}
}

// amount is a number of cents as a number.
func amount(cents int) string {
	return strconv.FormatFloat(float64(cents)/100, 'f', -1, 64)
}
