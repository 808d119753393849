# Writes workbooks with openpyxl into the folder of the first argument.
import datetime
import os
import sys

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

FORMATS = [
    "General", "0", "0.00", "#,##0.00", "0%", "0.00E+00", "# ?/?", "00000", "@", '[Red]0', '#,##0 "days"', "yyyy-mm-dd", "d/m/yy", "mmm-yy", "[$-407]d. mmmm yyyy",
    "h:mm", "h:mm:ss AM/PM", "mm:ss.000", "yyyy-mm-dd hh:mm", "dd/mm/yyyy h:mm:ss", "[h]:mm", "[mm]:ss", '0;"d"0', "mm:ss", "yyyy",  # openpyxl takes h and d alone for no dates
]
NUMBERS = [1, 59, 61, 7.25, 1234.5, 36526, 43890, 45352.545138888891, 45352.999, 0.5, 0.545138888888889, 1.260416666666667, 99999, 1234567.125]
TEXTS = ["007", " a ", "line\nbreak", "tab\there", "é🙂 ß", "=1+1", "", "'quoted", '"', "true", "1.5", "x" * 9000, "ü" * 9000, "#N/A", "a&b<c>"]


def fill(book):
    sheet = book.active
    sheet.title = "Formats"
    for c, code in enumerate(FORMATS, 1):
        for r, number in enumerate(NUMBERS, 1):
            sheet.cell(r, c, number).number_format = code
    mixed = book.create_sheet("Mixed & <more>")
    for r, text in enumerate(TEXTS, 1):
        cell = mixed.cell(r, 1)
        cell.value = text
        if cell.data_type == "f":
            cell.data_type = "s"
        mixed.cell(r, 3, r % 2 == 0)
        mixed.cell(r, 4, -r / 7)
    mixed.cell(30, 6, datetime.datetime(2024, 3, 1, 13, 5, 7))
    mixed.cell(31, 6, datetime.date(2024, 3, 1))
    mixed.cell(32, 6, datetime.time(13, 5))
    mixed.cell(33, 6, datetime.timedelta(hours=30, minutes=15))
    mixed.merge_cells("B3:C4")
    hidden = book.create_sheet("Hidden")
    hidden.sheet_state = "hidden"
    hidden["C3"] = "there"
    book.create_sheet("Empty")


def formulas(book):
    sheet = book.active
    for r in range(1, 40):
        sheet.cell(r, 1, r)
        sheet.cell(r, 2, f"=A{r}*2")
        sheet.cell(r, 3, f'=IF(A{r}>5,"more than "&A{r},"")')
        sheet.cell(r, 4, f"=A{r}>5")
        sheet.cell(r, 5, f"=1/(A{r}-3)")
        sheet.cell(r, 6, f'=REPT("text é ",A{r}*20)')
        sheet.cell(r, 7, f"=DATE(2024,A{r},1)").number_format = "yyyy-mm-dd"


for name, mac, what in (("mixed", False, fill), ("mixed1904", True, fill), ("formulas", False, formulas)):
    made = openpyxl.Workbook()
    if mac:
        made.epoch = CALENDAR_MAC_1904
    what(made)
    made.save(os.path.join(sys.argv[1], name + ".xlsx"))
