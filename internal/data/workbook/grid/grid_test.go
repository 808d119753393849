package grid_test

import (
	"fmt"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

func TestSerialsAreDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		serial   float64
		format   string
		date1904 bool
		want     string
	}{
		{1, "d/m/yyyy", false, "1900-01-01"},
		{59, "d/m/yyyy", false, "1900-02-28"},
		{60, "d/m/yyyy", false, "1900-02-29"},
		{61, "d/m/yyyy", false, "1900-03-01"},
		{0, "d/m/yyyy", false, "a number"},
		{0.5, "d/m/yyyy", false, "12:00:00"},
		{0, "d/m/yyyy h:mm", false, "00:00:00"},
		{43890, "d/m/yyyy", false, "2020-02-29"},
		{43890, "d/m/yyyy", true, "2024-03-01"},
		{0, "d/m/yyyy", true, "1904-01-01"},
		{0.25, "d/m/yyyy", true, "1904-01-01T06:00:00"},
		{0.25, "h:mm", true, "06:00:00"},
		{45352.545138888891, "yyyy-mm-dd hh:mm", false, "2024-03-01T13:05:00"},
		{45352.545138888891, "yyyy-mm-dd", false, "2024-03-01T13:05:00"},
		{45352, "yyyy-mm-dd hh:mm", false, "2024-03-01T00:00:00"},
		{45352.999999999, "h:mm", false, "2024-03-02T00:00:00"},
		{0.999999999, "h:mm", false, "1900-01-01T00:00:00"},
		{0.545138888888889, "h:mm AM/PM", false, "13:05:00"},
		{47100.25 / 86400, "mm:ss.000", false, "13:05:00.250"},
		{1.260416666666667, "[h]:mm:ss", false, "PT30H15M"},
		{-0.5, "[h]:mm", false, "-PT12H"},
		{0, "[h]:mm", false, "PT0S"},
		{0.0001, "[mm]:ss.0", false, "PT8.640S"},
		{1.5, "h:mm", false, "1900-01-01T12:00:00"},
		{-1, "d/m/yyyy", false, "a number"},
		{2958465, "d/m/yyyy", false, "9999-12-31"},
		{2958466, "d/m/yyyy", false, "a number"},
		{2957003, "d/m/yyyy", true, "9999-12-31"},
		{1e300, "[h]:mm", false, "a number"},
		{7, "00000", false, "a number"},
	} {
		got := "a number"
		if text, ok := grid.AppendSerial(nil, c.serial, grid.FormatOf(c.format), c.date1904); ok {
			got = string(text)
		}
		if got != c.want {
			t.Errorf("%v as %s (1904: %v) is %s, want %s", c.serial, c.format, c.date1904, got, c.want)
		}
	}
}

func TestFormatsOfDatesAreTold(t *testing.T) {
	t.Parallel()
	names := map[grid.Format]string{grid.Plain: "plain", grid.Date: "date", grid.Time: "time", grid.Date | grid.Time: "both", grid.Duration: "duration"}
	for want, codes := range map[string][]string{
		"plain": {
			"", "General", "GENERAL", "0", "0.00", "#,##0.00", "0%", "0.00E+00", "##0.0e-0", "# ?/?", "@", `"day" 0`, `0 "h"`, `0\d`, "0_d", "*d0", "[Red]0", "[$-409]0", `[$USD-409] #,##0`, "[Magenta]General",
			`#,##0 "hours"`, "[>=100]0;0", `0;"d"0`, "0 bar", "#,##0 g", "0 d", "0.0 s", "[Blue]#,##0.00;[Red]-#,##0.00",
		},
		"date": {
			"yyyy-mm-dd", "d/m/yy", "mmm-yy", "mmmm", "[$-407]d. mmmm yyyy", `d"."m"."yy`, "yyyy/mm/dd;@", "[$-411]ge.m.d", `yyyy"年"m"月"d"日"`, "[$-F800]dddd, mmmm dd, yyyy", "aaaa", "dd/mm/yyyy;;", "m/d", "DD.MM.YYYY",
		},
		"time":     {"h:mm", "h:mm:ss AM/PM", "mm:ss", "mm:ss.0", "ss.00", "[$-F400]h:mm:ss", "h A/P", "ss", `h"h" mm"m"`, "hh\\:mm"},
		"both":     {"yyyy-mm-dd hh:mm", "m/d/yy h:mm", "d.m.yyyy h:mm:ss.000", "[$-409]m/d/yy h:mm AM/PM;@"},
		"duration": {"[h]:mm", "[hh]:mm:ss", "[mm]:ss", "[s]", "[ss].000", "[H]:MM"},
	} {
		for _, code := range codes {
			if got := names[grid.FormatOf(code)]; got != want {
				t.Errorf("%q is %s, want %s", code, got, want)
			}
		}
	}
}

func TestNumbersStayAsTheyStand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "-7": "-7", "1.5": "1.5", "0.10": "0.10", "1E-3": "1E-3", "1.0E+5": "1.0E+5", "12345678901234567890": "12345678901234567890", "12345678901234567": "12345678901234567",
		"1.1000000000000001": "1.1", "5.0000000000000003E-2": "0.05", "-0.30000000000000004": "-0.30000000000000004", "9.9000000000000002E+29": "9.9e+29", "1.2345678901234566E-7": "1.2345678901234566e-7",
		"0.12345678901234567891": "0.12345678901234567891", "1.1000000000000002": "1.1000000000000002",
		"+5": "5", ".5": "0.5", "5.": "5", "007": "7", "-.5": "-0.5", "-00": "-0", "1e400": "1e400",
		"": `""`, "abc": `"abc"`, "INF": `"INF"`, "NaN": `"NaN"`, "1,5": `"1,5"`, "--1": `"--1"`, ".": `"."`, "0x1F": `"0x1F"`, "1 ": `"1 "`,
	} {
		value, _ := grid.Number(nil, []byte(text))
		got := string(value.Text)
		if value.Kind != data.Number {
			got = fmt.Sprintf("%q", got)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
