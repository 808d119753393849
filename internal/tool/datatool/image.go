package datatool

import (
	"claimcheck/internal/data"
	"claimcheck/internal/data/picture"
)

// imageTools are those of images.
func imageTools() []row {
	return []row{
		{
			name: "image-converter", summary: "Converts an image, or the Base64 of one, into another format.", from: imageFormat, to: imageFormat, maxBytes: picture.MaxBytes,
			options: []option{sourceFormat(), destinationFormat()}, steps: picture.Convert, makes: func(o *data.Options) *format { return imageFormats[o.To] },
		},
	}
}
