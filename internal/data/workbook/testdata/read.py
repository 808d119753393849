# Reads workbooks, whose names come as JSON on standard input, with openpyxl (.xlsx) and xlrd
# (.xls). Writes for each a list of [name, {"row,column": cell}] as JSON; a cell is its kind and its value, and
# a date all that it may be called.
import datetime
import json
import sys

import openpyxl
import xlrd


def seconds(ms):
    return f"{ms // 1000}.{ms % 1000:03d}" if ms % 1000 else str(ms // 1000)


def moment(t):
    ms = (t + datetime.timedelta(microseconds=500)).replace(microsecond=0), (t.microsecond + 500) // 1000 % 1000
    clock = ms[0].strftime("%H:%M:%S") + (f".{ms[1]:03d}" if ms[1] else "")
    names = [ms[0].strftime("%Y-%m-%dT") + clock]
    if clock == "00:00:00":
        names.append(ms[0].strftime("%Y-%m-%d"))
    return names


def duration(t):
    ms = round(t / datetime.timedelta(milliseconds=1))
    sign, ms = ("-", -ms) if ms < 0 else ("", ms)
    h, m, s = ms // 3600000, ms // 60000 % 60, ms % 60000
    return sign + "PT" + (f"{h}H" if h else "") + (f"{m}M" if m else "") + (seconds(s) + "S" if s or not ms else "")


def plain(v):
    if isinstance(v, bool):
        return ["b", str(v).lower()]
    if isinstance(v, (int, float)):
        return ["n", repr(v)]
    if isinstance(v, datetime.datetime):
        return ["d"] + moment(v)
    if isinstance(v, datetime.date):
        return ["d", v.isoformat()]
    if isinstance(v, datetime.time):
        return ["d"] + [n.split("T")[1] for n in moment(datetime.datetime.combine(datetime.date(2000, 1, 1), v))[:1]]
    if isinstance(v, datetime.timedelta):
        return ["d", duration(v)]
    return ["s", v]


def xlsx(name):
    book = openpyxl.load_workbook(name, data_only=True)
    return [
        [s.title, {f"{c.row - 1},{c.column - 1}": plain(c.value) for row in s.iter_rows() for c in row if c.value is not None}]
        for s in book.worksheets
    ]


def xls(name):
    book = xlrd.open_workbook(name, formatting_info=True)
    sheets = []
    for s in book.sheets():
        cells = {}
        for r in range(s.nrows):
            for c in range(s.ncols):
                kind, v = s.cell_type(r, c), s.cell_value(r, c)
                if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                    continue
                if kind == xlrd.XL_CELL_DATE:
                    names = [duration(datetime.timedelta(days=v))]
                    if v > 2958465:
                        names.append(repr(v))  # no date
                    elif v >= 1 or book.datemode:
                        names += moment(xlrd.xldate.xldate_as_datetime(v, book.datemode))
                    if v < 1:
                        names.append(moment(datetime.datetime(2000, 1, 1) + datetime.timedelta(days=v))[0].split("T")[1])
                    cells[f"{r},{c}"] = ["d"] + names
                elif kind == xlrd.XL_CELL_ERROR:
                    cells[f"{r},{c}"] = ["s", xlrd.error_text_from_code[v]]
                elif kind == xlrd.XL_CELL_BOOLEAN:
                    cells[f"{r},{c}"] = ["b", str(bool(v)).lower()]
                elif kind == xlrd.XL_CELL_NUMBER:
                    cells[f"{r},{c}"] = ["n", repr(v)]
                else:
                    cells[f"{r},{c}"] = ["s", v]
        sheets.append([s.name, cells])
    return sheets


json.dump([xls(f) if f.endswith(".xls") else xlsx(f) for f in json.load(sys.stdin)], sys.stdout)
