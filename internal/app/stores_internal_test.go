package app

import (
	"testing"

	"claimcheck/internal/config"
)

func TestEveryStoreIsWhole(t *testing.T) {
	for _, k := range stores() {
		if !k.recognises(k.form) {
			t.Errorf("%s: its own example %q is not recognised", k.name, k.form)
		}
		if shared, err := judgeStore(k.form); err != nil || shared != k.shared || storeOf(config.Address{Text: k.form}).name != k.name {
			t.Errorf("%s: %q is judged as shared %t, error %v", k.name, k.form, shared, err)
		}
		if k.name == "" || k.open == nil || k.copyInto == nil || k.migrate == nil {
			t.Errorf("%s: something that commands call is missing", k.name)
		}
	}
}

func TestEveryStorageIsWhole(t *testing.T) {
	for _, k := range storages() {
		example := map[string]string{"file:///folder": "file:///folder", "s3://bucket?endpoint=URL&region=NAME": "s3://bucket?endpoint=http://h&region=eu-1"}[k.form]
		if shared, err := judgeBlobs(example); err != nil || shared != k.shared || k.open == nil {
			t.Errorf("%q: shared %t, error %v", k.form, shared, err)
		}
	}
}
