package datatool

// imageTools are those of images.
func imageTools() []row {
	return nil
}
