package datatool

// textTools are those of plain text and its encodings.
func textTools() []row {
	return nil
}
