package datatool

// codeTools are those of JavaScript and SQL.
func codeTools() []row {
	return nil
}
