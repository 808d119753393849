package storetest

import (
	"fmt"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

func namedKeys(w *world) {
	empty, err := w.NamedKeys(w.ctx(), "", 10)
	w.noError(err)
	w.equal("of an empty store", len(empty), 0)
	want := []string{}
	for i := range 3 {
		want = append(want, job.InputKey(w.submit("ann", withFile(9)).ID))
		file := w.output(job.ID{}, i)
		file.File, file.Data = true, nil
		w.finished(file)
		want = append(want, job.OutputKey(file.Token))
		u := w.upload("ann", i)
		w.arrived(u, 5)
		want = append(want, u.BlobKey())
	}
	lone := w.output(job.ID{}, 7)
	lone.File, lone.Data = true, nil
	w.noError(w.Submit(w.ctx(), &protocol.Submission{Owner: "ann", Output: lone}))
	want = append(want, job.OutputKey(lone.Token))
	w.upload("ann", 9) // pending: it names no file that must be there
	w.finished(w.output(job.ID{}, 8))
	for _, limit := range []int{1, 2, 4, 100} {
		got, after := []string{}, ""
		for range 20 {
			page, err := w.NamedKeys(w.ctx(), after, limit)
			w.noError(err)
			if len(page) == 0 {
				break
			}
			got, after = append(got, page...), page[len(page)-1]
		}
		w.equal(fmt.Sprintf("in pages of %d", limit), sorted(got), sorted(want))
	}
}

func dropOutput(w *world) {
	lone := w.output(job.ID{}, 1)
	w.noError(w.Submit(w.ctx(), &protocol.Submission{Owner: "ann", Output: lone}))
	of := w.output(job.ID{}, 2)
	w.finished(of)
	w.has("ann", account.Counts{StoredBytes: 15})
	w.noError(w.DropOutput(w.ctx(), lone.Token))
	_, err := w.Output(w.ctx(), lone.Token)
	w.isKind(err, fault.NotFound, "NOT_FOUND")
	w.has("ann", account.Counts{StoredBytes: 10})
	for _, token := range []string{lone.Token, of.Token, ""} {
		w.isKind(w.DropOutput(w.ctx(), token), fault.NotFound, "NOT_FOUND")
	}
}
