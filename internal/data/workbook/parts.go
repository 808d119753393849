package workbook

import (
	"fmt"
	"strconv"
)

// The parts of a workbook that have no cells.
const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relations = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	packages  = `http://schemas.openxmlformats.org/package/2006/`
	kinds     = `application/vnd.openxmlformats-officedocument.spreadsheetml.`

	sheetHead   = xmlHead + `<worksheet ` + mainSpace + `>`
	sheetFrozen = `<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`

	rootRelations = xmlHead + `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`

	styles = xmlHead + `<styleSheet ` + mainSpace + `>` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
		`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment wrapText="1"/></xf></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

// The formats of cells, by their index in cellXfs of styles.
const (
	stylePlain  = '0'
	styleHeader = '1'
	styleLines  = '2' // text of several lines, shown as such
)

func sheetPath(n int) string { return "xl/worksheets/sheet" + strconv.Itoa(n) + ".xml" }

// first writes the parts before the sheets. Programs that tell files by their first
// bytes look for these names.
func (w *writer) first() error {
	if err := w.addPart("_rels/.rels", []byte(rootRelations)); err != nil {
		return err
	}
	return w.addPart("xl/styles.xml", []byte(styles))
}

// last writes the parts that name the sheets.
func (w *writer) last() error {
	book := []byte(xmlHead + `<workbook ` + mainSpace + ` xmlns:r="` + relations + `"><sheets>`)
	rels := []byte(xmlHead + `<Relationships xmlns="` + packages + `relationships">`)
	types := []byte(xmlHead + `<Types xmlns="` + packages + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + kinds + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + kinds + `styles+xml"/>`)
	for i, name := range w.names.all {
		book = append(book, `<sheet name="`...)
		book = appendEscaped(book, []byte(name))
		book = fmt.Appendf(book, `" sheetId="%d" r:id="rId%d"/>`, i+1, i+1)
		rels = fmt.Appendf(rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, relations, i+1)
		types = fmt.Appendf(types, `<Override PartName="/%s" ContentType="%sworksheet+xml"/>`, sheetPath(i+1), kinds)
	}
	book = append(book, `</sheets></workbook>`...)
	rels = fmt.Appendf(rels, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, len(w.names.all)+1, relations)
	types = append(types, `</Types>`...)
	if err := w.addPart("xl/workbook.xml", book); err != nil {
		return err
	}
	if err := w.addPart("xl/_rels/workbook.xml.rels", rels); err != nil {
		return err
	}
	return w.addPart("[Content_Types].xml", types)
}

func (w *writer) addPart(name string, text []byte) error {
	part, err := w.zip.Create(name)
	if err == nil {
		_, err = part.Write(text)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
