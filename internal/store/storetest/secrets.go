package storetest

import (
	"bytes"
	"time"

	"claimcheck/internal/account"
)

func secretRotation(w *world) {
	none, err := w.Secrets(w.ctx())
	w.noError(err)
	w.equal("secrets of a new store", len(none), 0)
	secret := func(id string) account.Secret {
		return account.Secret{ID: id, Bytes: bytes.Repeat([]byte{0, 0xff}, 16), Created: w.now()}
	}
	a := secret("0000000a")
	w.noError(w.AddSecret(w.ctx(), a, time.Time{}))
	w.clock.advance(time.Hour)
	b := secret("0000000b")
	w.noError(w.AddSecret(w.ctx(), b, time.Time{}))
	a.Retired = b.Created
	got, err := w.Secrets(w.ctx())
	w.noError(err)
	w.equal("secrets", got, []account.Secret{a, b})

	w.clock.advance(time.Hour)
	c := secret("00000001") // a lower id, but newer
	w.noError(w.AddSecret(w.ctx(), c, a.Retired))
	b.Retired = c.Created
	got, err = w.Secrets(w.ctx())
	w.noError(err)
	w.equal("retired at drop stays, and its time too", got, []account.Secret{a, b, c})

	d := secret("0000000d") // as old as the one before
	w.noError(w.AddSecret(w.ctx(), d, a.Retired.Add(time.Millisecond)))
	c.Retired = d.Created
	w.reopen()
	got, err = w.Secrets(w.ctx())
	w.noError(err)
	w.equal("secrets", got, []account.Secret{b, c, d})
}
