package httpapi

import (
	"net/http"

	"claimcheck/api"
)

const maxNewUploadBytes = 4 << 10 // of the body of POST /upload-api

// newUpload answers POST /upload-api: where a file can be put.
func (s *Server) newUpload(c *Call) error {
	var body api.NewUpload
	if err := c.ReadJSON(&body, maxNewUploadBytes); err != nil {
		return err
	}
	p, err := s.Uploads.Begin(c.r.Context(), c.who.Key.Owner, c.plan.Plan, body.Filename)
	if err != nil {
		return err
	}
	answer := api.Upload{UploadID: p.Upload.ID}
	if s.Poster == nil {
		answer.Upload = s.forms.New(&p.Upload, p.MaxBytes, p.Expires)
	} else {
		answer.Upload.URL, answer.Upload.Fields, err = s.Poster.Form(c.r.Context(), &p.Upload, p.MaxBytes, p.Expires)
	}
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, answer)
}

// deleteUpload answers DELETE /uploads/{id}: 204 once it is gone; another owner's
// is not found.
func (s *Server) deleteUpload(c *Call) error {
	if err := s.Uploads.Drop(c.r.Context(), c.who.Key.Owner, c.r.PathValue("id")); err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}
