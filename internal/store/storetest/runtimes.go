package storetest

func runtimesKept(w *world) {
	none, err := w.Runtimes(w.ctx())
	w.noError(err)
	w.equal("run times of a new store", len(none), 0)
	w.noError(w.SaveRuntimes(w.ctx(), map[string][]byte{"x": []byte("1\x00\xff"), "y": []byte("2")}))
	w.noError(w.SaveRuntimes(w.ctx(), map[string][]byte{"y": []byte("3"), "": {}}))
	w.noError(w.SaveRuntimes(w.ctx(), nil))
	w.reopen()
	got, err := w.Runtimes(w.ctx())
	w.noError(err)
	w.equal("run times", got, map[string][]byte{"x": []byte("1\x00\xff"), "y": []byte("3"), "": {}})
}
