package datatool

import (
	"claimcheck/internal/data"
	"claimcheck/internal/data/picture"
)

// imageTools are those of images.
func imageTools() []row {
	return []row{
		{
			name: "image-converter", summary: "Converts an image, or the Base64 of one, into another format.", from: imageFormat, to: imageFormat, maxBytes: maxImageBytes,
			options: []option{sourceFormat(), destinationFormat()}, steps: picture.Convert, makes: func(o *data.Options) *format { return imageFormats[o.To] },
		},
	}
}

// maxImageBytes is more than the images of cameras have, and than those of as many pixels as are taken
// usually do.
const maxImageBytes = 64 << 20
