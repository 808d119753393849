package datatool

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/basen"
	"claimcheck/internal/data/percent"
	"claimcheck/internal/data/plain"
)

// textTools are those of plain text and its encodings.
func textTools() []row {
	return []row{
		{name: "text-minify", summary: "Takes the white space out of text that its words do not need.", from: plainFormat, to: plainFormat, run: plain.Minify},
		{name: "url-encode", summary: "Writes text so that it can stand in a URL.", from: plainFormat, to: plainFormat, options: []option{urlSafe()}, run: percent.Encode},
		{name: "url-decode", summary: "Reads text that is written for a URL.", from: plainFormat, to: plainFormat, run: percent.Decode},
		{name: "base16-encoder", summary: "Writes bytes in Base16, in upper case.", from: textFormat, to: textFormat, run: encoder(basen.Base16)},
		{name: "base16-decoder", summary: "Reads text that is written in Base16.", from: textFormat, to: textFormat, run: decoder(basen.Base16)},
		{name: "base32-encoder", summary: "Writes bytes in Base32.", from: textFormat, to: textFormat, run: encoder(basen.Base32)},
		{name: "base32-decoder", summary: "Reads text that is written in Base32.", from: textFormat, to: textFormat, run: decoder(basen.Base32)},
		{name: "base64-encoder", summary: "Writes bytes in Base64.", from: textFormat, to: base64Format, run: encoder(basen.Base64)},
		{name: "base64-decoder", summary: "Reads text that is written in Base64.", from: base64Format, to: textFormat, run: decoder(basen.Base64)},
		{name: "base85-encoder", summary: "Writes bytes in Base85, as git and Python's b85encode do.", from: textFormat, to: textFormat, run: encoder(basen.Base85)},
		{name: "base85-decoder", summary: "Reads text that is written in Base85, as git and Python's b85encode do.", from: textFormat, to: textFormat, run: decoder(basen.Base85)},
	}
}

// encoder and decoder are the algorithms of a code.
func encoder(c *basen.Code) algorithm {
	return func(in io.Reader, out io.Writer, _ *data.Options) error { return c.Encode(in, out) }
}

func decoder(c *basen.Code) algorithm {
	return func(in io.Reader, out io.Writer, _ *data.Options) error { return c.Decode(in, out) }
}
