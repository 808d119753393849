#!/bin/sh
# LibreOffice writes the number of a cell with 15 significant digits into .xlsx, but a double has up to 17: what is saved as .xlsx and opened again is
# another number. The older .xls, of the same program and the same sheet, keeps each bit. Needs LibreOffice Calc (apt-get install libreoffice-calc).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '0.30000000000000004,0.12345678901234568' > numbers.csv
for kind in xlsx xls; do
	soffice "-env:UserInstallation=file://$dir/profile" --headless --convert-to "$kind" numbers.csv >/dev/null 2>&1
done
LO=$(soffice --version | cut -d' ' -f1-2) python3 - <<'PY'
import os
import re
import struct
import zipfile

numbers = [0.30000000000000004, 0.12345678901234568]
cells = zipfile.ZipFile("numbers.xlsx").read("xl/worksheets/sheet1.xml").decode()
stored = [float(v) for v in re.findall("<v>([^<]*)</v>", cells)]
older = open("numbers.xls", "rb").read()
kept = [struct.pack("<d", n) in older for n in numbers]
print(os.environ["LO"], "saves", numbers, "in .xlsx as", stored, "and in .xls", "bit by bit" if all(kept) else "otherwise")
raise SystemExit(not (all(kept) and stored[0] != numbers[0] and stored[1] != numbers[1]))
PY
