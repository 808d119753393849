package files

import (
	"net/http"

	"claimcheck/api"
	"claimcheck/internal/httpapi"
)

const maxNewUploadBytes = 4 << 10 // of the body of POST /upload-api

// newUpload answers POST /upload-api: where a file can be put.
func (f *files) newUpload(c *httpapi.Call) error {
	var body api.NewUpload
	if err := c.ReadJSON(&body, maxNewUploadBytes); err != nil {
		return err
	}
	p, err := f.Uploads.Begin(c.Request().Context(), c.Owner(), c.Plan(), body.Filename)
	if err != nil {
		return err
	}
	answer := api.Upload{UploadID: p.Upload.ID}
	if f.Poster == nil {
		answer.Upload = f.forms.New(&p.Upload, p.MaxBytes, p.Expires)
	} else {
		answer.Upload.URL, answer.Upload.Fields, err = f.Poster.Form(c.Request().Context(), &p.Upload, p.MaxBytes, p.Expires)
	}
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, answer)
}

// deleteUpload answers DELETE /uploads/{id}: 204 once it is gone; another owner's
// is not found.
func (f *files) deleteUpload(c *httpapi.Call) error {
	if err := f.Uploads.Drop(c.Request().Context(), c.Owner(), c.Request().PathValue("id")); err != nil {
		return err
	}
	c.NoContent()
	return nil
}
