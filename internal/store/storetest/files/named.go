package files

import (
	"fmt"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func namedKeys(w *world.World) {
	empty, err := w.NamedKeys(w.Ctx(), "", 10)
	w.NoError(err)
	w.Equal("of an empty store", len(empty), 0)
	want := []string{}
	for i := range 3 {
		want = append(want, job.InputKey(w.SubmitJob("ann", world.WithFile(9)).ID))
		file := w.NewOutput(job.ID{}, i)
		file.File, file.Data = true, nil
		w.Finished(file)
		want = append(want, job.OutputKey(file.Token))
		u := w.PendingUpload("ann", i)
		w.Arrived(u, 5)
		want = append(want, u.BlobKey())
	}
	lone := w.NewOutput(job.ID{}, 7)
	lone.File, lone.Data = true, nil
	w.NoError(w.Submit(w.Ctx(), &protocol.Submission{Owner: "ann", Output: lone}))
	want = append(want, job.OutputKey(lone.Token))
	w.PendingUpload("ann", 9) // pending: it names no file that must be there
	w.Finished(w.NewOutput(job.ID{}, 8))
	for _, limit := range []int{1, 2, 4, 100} {
		got, after := []string{}, ""
		for range 20 {
			page, err := w.NamedKeys(w.Ctx(), after, limit)
			w.NoError(err)
			if len(page) == 0 {
				break
			}
			got, after = append(got, page...), page[len(page)-1]
		}
		w.Equal(fmt.Sprintf("in pages of %d", limit), world.Sorted(got), world.Sorted(want))
	}
}

func dropOutput(w *world.World) {
	lone := w.NewOutput(job.ID{}, 1)
	w.NoError(w.Submit(w.Ctx(), &protocol.Submission{Owner: "ann", Output: lone}))
	of := w.NewOutput(job.ID{}, 2)
	w.Finished(of)
	w.Has("ann", account.Counts{StoredBytes: 15})
	w.NoError(w.DropOutput(w.Ctx(), lone.Token))
	_, err := w.Output(w.Ctx(), lone.Token)
	w.IsKind(err, fault.NotFound, "NOT_FOUND")
	w.Has("ann", account.Counts{StoredBytes: 10})
	for _, token := range []string{lone.Token, of.Token, ""} {
		w.IsKind(w.DropOutput(w.Ctx(), token), fault.NotFound, "NOT_FOUND")
	}
}
