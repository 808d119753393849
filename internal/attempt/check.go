package attempt

import (
	"bytes"
	"context"
	"io"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
)

// Check judges the input of a job by the input schema of its tool, if it has one,
// and returns it for reading from its beginning. What came with the request was
// judged before the job was accepted. Failures are those of tool.Check and of
// reading; the input is closed then.
func Check(ctx context.Context, spec *tool.Spec, where job.Where, in Input) (Input, error) {
	if spec.CheckInput == nil || where == job.Inline || where == job.InFile {
		return in, nil
	}
	defer in.Close()
	if spec.MaxBytes > 0 && in.Size > spec.MaxBytes {
		return Input{}, fault.New(fault.TooLarge, "FILE_TOO_LARGE",
			"The input is %d bytes; this tool takes at most %d.", in.Size, spec.MaxBytes).With("limit", spec.MaxBytes)
	}
	var read bytes.Buffer
	if in.Size > 0 {
		read.Grow(int(in.Size) + bytes.MinRead)
	}
	if err := spec.CheckInput(ctx, io.TeeReader(in, &read)); err != nil {
		return Input{}, err
	}
	return Input{memory{bytes.NewReader(read.Bytes())}, int64(read.Len()), in.Type}, nil
}
