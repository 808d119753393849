package disk

// Room returns how many bytes this process may still write to the disk that a folder
// is on, and how many the disk has; [errors.ErrUnsupported] where systems do not say.
func Room(folder string) (free, size uint64, err error) { return room(folder) }
