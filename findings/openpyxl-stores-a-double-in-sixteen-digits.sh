#!/bin/sh
# openpyxl writes the number of a cell with 16 significant digits, but a double has up to 17: 0.1+0.2 is stored as 0.3, and 12345678901234567 as
# 12345678901234570, without a warning. exceljs stores what reads as the same double.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
cd "$dir"
apt-get download -qq python3-openpyxl=3.0.9-1 python3-et-xmlfile=1.0.1-2.1 python3-jdcal=1.0-1.3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
PYTHONPATH=root/usr/lib/python3/dist-packages python3 - <<'PY'
import io
import openpyxl

numbers = [0.1 + 0.2, 12345678901234567]
book = openpyxl.Workbook()
book.active.append(numbers)
file = io.BytesIO()
book.save(file)
stored = [c.value for c in openpyxl.load_workbook(file).active[1]]
print("openpyxl", openpyxl.__version__, "wrote", numbers, "and reads", stored)
raise SystemExit(stored[0] == numbers[0] or int(stored[1]) == numbers[1])
PY
