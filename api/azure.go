package api

import "encoding/json"

// AzureOperation is a status monitor, as the Azure dialect words a job's status:
// Result when Status is Succeeded, Error when it is Failed or Canceled.
type AzureOperation struct {
	ID                  string          `json:"id"`                            // the job's
	Status              string          `json:"status"`                        // NotStarted, Running, Succeeded, Failed or Canceled
	CreatedDateTime     string          `json:"createdDateTime"`               // RFC 3339, UTC, in seconds
	LastUpdatedDateTime string          `json:"lastUpdatedDateTime,omitempty"` // not in the 202
	PercentComplete     *int            `json:"percentComplete,omitempty"`     // 0 to 100, of one that has not failed
	Result              json.RawMessage `json:"result,omitempty"`              // byte for byte the synchronous answer
	Error               *AzureError     `json:"error,omitempty"`
}

// AzureError says why an operation failed, or a request.
type AzureError struct {
	Code           string      `json:"code"`
	Message        string      `json:"message"`
	AdditionalInfo []AzureInfo `json:"additionalInfo,omitempty"` // at most one, of type details
}

// AzureInfo is what is known beside code and message.
type AzureInfo struct {
	Type string         `json:"type"` // details
	Info map[string]any `json:"info"` // line and column, for instance
}

// AzureFailure is the body of every refused request of the Azure dialect.
type AzureFailure struct {
	Error AzureError `json:"error"`
}
