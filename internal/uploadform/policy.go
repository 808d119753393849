// Package uploadform has the forms by which clients post files to this server: it
// words and signs them, and reads what comes back. It does nothing with a
// file.
package uploadform

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/sign"
)

const (
	fieldPolicy    = "policy"
	fieldSignature = "x-amz-signature"
	mostBytes      = 1 << 42 // of an upload without another limit
)

// A policy is what our form endpoint accepts, signed: the fields exactly, a
// size, and until when. It has the form of an S3 POST policy.
type policy struct {
	Expiration time.Time `json:"expiration"`
	Conditions []any     `json:"conditions"` // {"field":"value"} and ["content-length-range",least,most]
}

// Forms makes and checks upload forms. It is safe for concurrent use.
type Forms struct {
	Signer *sign.Signer
	Now    func() time.Time
	URL    string // that they are posted to
}

// New makes the form of an upload of 1 to most bytes (0: as many as there can
// be), good until a time.
func (f *Forms) New(u *job.Upload, most int64, until time.Time) api.Form {
	fields := uploadFields(u)
	if most == 0 {
		most = mostBytes
	}
	pol := policy{Expiration: until.UTC().Truncate(time.Second)}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		pol.Conditions = append(pol.Conditions, map[string]string{name: fields[name]})
	}
	pol.Conditions = append(pol.Conditions, []any{"content-length-range", 1, most})
	text, err := json.Marshal(pol)
	if err != nil {
		panic("uploadform: policy: " + err.Error()) // strings, numbers and a time of this century
	}
	fields[fieldPolicy] = base64.StdEncoding.EncodeToString(text)
	fields[fieldSignature] = f.Signer.Sign(sign.Upload, fields[fieldPolicy])
	return api.Form{URL: f.URL, Fields: fields}
}

// CodeInvalid is the code of a form that is not the one that was given.
const CodeInvalid = "UPLOAD_INVALID"

func invalid(format string, args ...any) error {
	return fault.New(fault.Forbidden, CodeInvalid, format, args...)
}

// Check says whether the fields of a form are those that were signed, and
// in time, and returns how large the file may be. Failures: Forbidden
// UPLOAD_INVALID and UPLOAD_EXPIRED.
func (f *Forms) Check(fields map[string]string) (most int64, err error) {
	if fields[fieldPolicy] == "" || fields[fieldSignature] == "" {
		return 0, invalid("Every field of the upload must be sent, and before the file.")
	}
	if !f.Signer.Verify(sign.Upload, fields[fieldSignature], fields[fieldPolicy]) {
		return 0, invalid("The signature of the upload is wrong.")
	}
	signed, most, until, err := readPolicy(fields[fieldPolicy])
	if err != nil {
		return 0, err
	}
	if !f.Now().Before(until) {
		return 0, Expired()
	}
	for name, value := range signed {
		if fields[name] != value {
			return 0, invalid("The field %s is not as it was given.", name)
		}
	}
	if len(fields) != len(signed)+2 {
		return 0, invalid("The form has fields that were not given.")
	}
	return most, nil
}

// Expired is the failure of an upload that is over: Forbidden UPLOAD_EXPIRED.
func Expired() error {
	return fault.New(fault.Forbidden, "UPLOAD_EXPIRED", "This upload is over: its time has passed, it was given up, or its file was refused; ask for another one.")
}

// readPolicy takes apart what form made and signed.
func readPolicy(encoded string) (fields map[string]string, most int64, until time.Time, err error) {
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, 0, until, fmt.Errorf("read signed policy: %w", err)
	}
	var p struct {
		Expiration time.Time         `json:"expiration"`
		Conditions []json.RawMessage `json:"conditions"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, 0, until, fmt.Errorf("read signed policy: %w", err)
	}
	fields = map[string]string{}
	for _, condition := range p.Conditions {
		var size [3]any
		if json.Unmarshal(condition, &fields) == nil {
			continue
		}
		if err := json.Unmarshal(condition, &size); err != nil {
			return nil, 0, until, fmt.Errorf("read signed policy: %w", err)
		}
		n, _ := size[2].(float64)
		most = int64(n)
	}
	return fields, most, p.Expiration, nil
}

// TooLarge is the failure of a file of more bytes: TooLarge PAYLOAD_TOO_LARGE.
func TooLarge(most int64) error {
	return fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The file is larger than the %d bytes that this upload may have.", most).With("limit", most)
}

// uploadFields are the fields that say what a form is for; its policy has them
// too.
func uploadFields(u *job.Upload) map[string]string {
	return map[string]string{
		"key":                          u.Key(),
		"x-amz-meta-user-id":           u.Owner,
		"x-amz-meta-upload-id":         u.ID,
		"x-amz-meta-original-filename": u.Name,
	}
}
