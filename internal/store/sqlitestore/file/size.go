package file

// Size returns how large the file is, and how much of it holds nothing and is used
// before it grows. What is in the log alone counts as well.
func (c *Conn) Size() (all, free int64, err error) {
	page, err := c.Number("PRAGMA page_size")
	if err != nil {
		return 0, 0, err
	}
	pages, err := c.Number("PRAGMA page_count")
	if err != nil {
		return 0, 0, err
	}
	unused, err := c.Number("PRAGMA freelist_count")
	return pages * page, unused * page, err
}
