package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/queue"
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

// form makes the form of an upload that is posted to this server.
func (s *Server) form(p *queue.Place) api.Form {
	fields := uploadFields(&p.Upload)
	most := p.MaxBytes
	if most == 0 {
		most = mostBytes
	}
	pol := policy{Expiration: p.Expires.UTC().Truncate(time.Second)}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		pol.Conditions = append(pol.Conditions, map[string]string{name: fields[name]})
	}
	pol.Conditions = append(pol.Conditions, []any{"content-length-range", 1, most})
	text, err := json.Marshal(pol)
	if err != nil {
		panic("httpapi: policy: " + err.Error()) // strings, numbers and a time of this century
	}
	fields[fieldPolicy] = base64.StdEncoding.EncodeToString(text)
	fields[fieldSignature] = s.Signer.Sign(sign.Upload, fields[fieldPolicy])
	return api.Form{URL: s.PublicURL + "/uploads", Fields: fields}
}

const codeUploadInvalid = "UPLOAD_INVALID"

func uploadInvalid(format string, args ...any) error {
	return fault.New(fault.Forbidden, codeUploadInvalid, format, args...)
}

// checkForm says whether the fields of a form are those that were signed, and
// in time, and returns how large the file may be. Failures: Forbidden
// UPLOAD_INVALID and UPLOAD_EXPIRED.
func (s *Server) checkForm(fields map[string]string) (most int64, err error) {
	if fields[fieldPolicy] == "" || fields[fieldSignature] == "" {
		return 0, uploadInvalid("Every field of the upload must be sent, and before the file.")
	}
	if !s.Signer.Verify(sign.Upload, fields[fieldSignature], fields[fieldPolicy]) {
		return 0, uploadInvalid("The signature of the upload is wrong.")
	}
	signed, most, until, err := readPolicy(fields[fieldPolicy])
	if err != nil {
		return 0, err
	}
	if !s.Now().Before(until) {
		return 0, uploadExpired()
	}
	for name, value := range signed {
		if fields[name] != value {
			return 0, uploadInvalid("The field %s is not as it was given.", name)
		}
	}
	if len(fields) != len(signed)+2 {
		return 0, uploadInvalid("The form has fields that were not given.")
	}
	return most, nil
}

func uploadExpired() error {
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
