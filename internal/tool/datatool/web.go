package datatool

// webTools are those of HTML, Markdown and CSS.
func webTools() []row {
	return nil
}
