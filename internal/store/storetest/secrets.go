package storetest

import (
	"bytes"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/store/storetest/world"
)

func secretRotation(w *world.World) {
	none, err := w.Secrets(w.Ctx())
	w.NoError(err)
	w.Equal("secrets of a new store", len(none), 0)
	secret := func(id string) account.Secret {
		return account.Secret{ID: id, Bytes: bytes.Repeat([]byte{0, 0xff}, 16), Created: w.Now()}
	}
	a := secret("0000000a")
	w.NoError(w.AddSecret(w.Ctx(), a, time.Time{}))
	w.Clock.Advance(time.Hour)
	b := secret("0000000b")
	w.NoError(w.AddSecret(w.Ctx(), b, time.Time{}))
	a.Retired = b.Created
	got, err := w.Secrets(w.Ctx())
	w.NoError(err)
	w.Equal("secrets", got, []account.Secret{a, b})

	w.Clock.Advance(time.Hour)
	c := secret("00000001") // a lower id, but newer
	w.NoError(w.AddSecret(w.Ctx(), c, a.Retired))
	b.Retired = c.Created
	got, err = w.Secrets(w.Ctx())
	w.NoError(err)
	w.Equal("retired at drop stays, and its time too", got, []account.Secret{a, b, c})

	d := secret("0000000d") // as old as the one before
	w.NoError(w.AddSecret(w.Ctx(), d, a.Retired.Add(time.Millisecond)))
	c.Retired = d.Created
	w.Reopen()
	got, err = w.Secrets(w.Ctx())
	w.NoError(err)
	w.Equal("secrets", got, []account.Secret{b, c, d})
}
