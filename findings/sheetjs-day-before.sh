#!/usr/bin/env bash
# SheetJS (npm xlsx 0.18.5): on a computer in Viet Nam the delivery date of a workbook is the day before.
#
# cellDates gives a Date, whose parts in local time are to be those of the cell, as they are under UTC and in New York. The
# days are counted from 1899, when clocks in Saigon were 7:06:30 ahead, and of that offset the seconds get lost: a date comes
# 30 seconds early, at 23:59:30 of yesterday, and half past eight is 8:29:30. Written, it comes 30 seconds late. One would
# expect the day that Excel shows, or a shift of whole hours that anybody sees. Servers and CI run under UTC and are right;
# the shop's own computer books each parcel a day early. Take the cell's number, w or SSF.parse_date_code, never the Date.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" xlsx@0.18.5 exceljs@4.4.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
TZ=UTC: 2026-12-05 00:00:00 and 2026-12-05 08:30:00 | Excel shows: 05/12/2026 | number: 46361 | code: 5/12/2026 | written: 46361
TZ=America/New_York: 2026-12-05 00:00:00 and 2026-12-05 08:30:00 | Excel shows: 05/12/2026 | number: 46361 | code: 5/12/2026 | written: 46361
TZ=Asia/Ho_Chi_Minh: 2026-12-04 23:59:30 and 2026-12-05 08:29:30 | Excel shows: 05/12/2026 | number: 46361 | code: 5/12/2026 | written: 46361.00034722222
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const ExcelJS = require("exceljs");
const XLSX = require("xlsx");

const local = (date) => `${date.toLocaleDateString("sv-SE")} ${date.toLocaleTimeString("sv-SE")}`;

(async () => {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet("orders");
  for (const hour of [0, 8.5]) sheet.addRow([new Date(Date.UTC(2026, 11, 5) + hour * 3600000)]).getCell(1).numFmt = "dd/mm/yyyy";
  const file = await book.xlsx.writeBuffer();
  const dates = XLSX.read(file, { cellDates: true }).Sheets.orders;
  const { A1: cell } = XLSX.read(file).Sheets.orders;
  const { d, m, y } = XLSX.SSF.parse_date_code(cell.v);
  const written = XLSX.utils.aoa_to_sheet([[new Date(2026, 11, 5)]]).A1.v;
  console.log(
    `TZ=${process.env.TZ}: ${local(dates.A1.v)} and ${local(dates.A2.v)}`,
    `| Excel shows: ${cell.w} | number: ${cell.v} | code: ${d}/${m}/${y} | written: ${written}`,
  );
})();
PROGRAM
for zone in UTC America/New_York Asia/Ho_Chi_Minh; do TZ=$zone node "$folder/program.js"; done >"$folder/seen"
diff "$folder/expected" "$folder/seen" && echo "as stated: sheetjs-day-before"
