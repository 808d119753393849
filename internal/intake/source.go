package intake

import (
	"context"
	"crypto/sha256"
	"net/url"
	"path"
	"slices"
	"strings"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/tool"
)

// A Source says where an order's input comes from.
type Source string

// The sources: with the request itself, from an address, from an upload.
const (
	FromBody Source = "body"
	FromURL  Source = "url"
	FromFile Source = "file"
)

func parseSource(text, dialect string) (Source, error) {
	switch source := Source(text); source {
	case "":
		return FromBody, nil
	case FromBody, FromURL, FromFile:
		return source, nil
	default:
		if dialect == "" {
			return "", fault.New(fault.Invalid, "INVALID_SOURCE_TYPE", "x-source-type must be body, url, file or lines.")
		}
		return "", fault.New(fault.Invalid, "INVALID_SOURCE_TYPE", "x-source-type must be body, url or file.")
	}
}

// Name says where the input of an order is whose source is FromURL or FromFile:
// an address or the key of an upload, and all that was said of it, which makes
// two orders differ. Failures: Invalid URL_NOT_ALLOWED and
// UNSUPPORTED_EXTENSION. Whether it is there is not looked at: see Bind.
func (in *Intake) Name(o *Order, text string, said []byte) error {
	input := &Input{sum: sha256.Sum256(said)}
	o.Input = input
	if o.Source == FromFile {
		input.named, input.upload = job.InUpload, text
		if u, ok := job.ParseUploadKey(text); ok { // any other key leads to nothing: see Bind
			return checkExtension(u.Name, &o.Spec)
		}
		return nil
	}
	if err := in.CheckURL(text); err != nil {
		return err
	}
	at, err := url.Parse(text)
	if err != nil {
		return fault.New(fault.Invalid, "URL_NOT_ALLOWED", "The address is not a URL.").Because(err)
	}
	input.named, input.Inline, input.Kind = job.AtURL, job.Source{URL: text}.Encode(), media.TypeOfExtension(extensionOf(at.Path))
	return checkExtension(at.Path, &o.Spec)
}

// extensionOf is a file name's, lower case, without the dot.
func extensionOf(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

func checkExtension(name string, spec *tool.Spec) error {
	ext := extensionOf(name)
	if len(spec.Extensions) == 0 || slices.Contains(spec.Extensions, ext) {
		return nil
	}
	return fault.New(fault.Invalid, "UNSUPPORTED_EXTENSION",
		"This tool takes files that end in .%s.", strings.Join(spec.Extensions, ", .")).With("allowed", spec.Extensions)
}

// Bind binds the order to the upload that it names, if it names one, as that is
// now. Failures: NotFound FILE_NOT_FOUND, TooLarge PAYLOAD_TOO_LARGE.
func (in *Intake) Bind(ctx context.Context, o *Order) error {
	input := o.Input
	if input.named != job.InUpload {
		return nil
	}
	u, err := in.Uploads.Find(ctx, o.Owner, o.Plan, input.upload)
	if err != nil {
		return err
	}
	if most, over := o.most(); most > 0 && u.Size > most {
		return over
	}
	input.Size, input.Kind = u.Size, u.Type
	if input.Kind == "" {
		input.Kind = media.TypeOfExtension(extensionOf(u.Name))
	}
	input.Inline = job.Source{Upload: u.ID, Key: u.BlobKey(), ETag: u.ETag}.Encode()
	return nil
}

// most is how many bytes the order's input may have, 0 for any number, and the
// refusal of more: what the plan allows, and what is looked into where the tool has
// an input schema.
func (o *Order) most() (limit int64, over error) {
	const code = "PAYLOAD_TOO_LARGE"
	plan, checked := o.Plan.MaxInputBytes, o.Spec.MaxBytes
	if o.Spec.CheckInput != nil && checked > 0 && (plan == 0 || checked < plan) {
		return checked, fault.New(fault.TooLarge, code, "The input is larger than the %d bytes that this tool takes.", checked).With("limit", checked)
	}
	return plan, fault.New(fault.TooLarge, code, "The input is larger than the plan's %d bytes.", plan).With("limit", plan)
}
