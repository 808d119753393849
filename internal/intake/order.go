package intake

import (
	"crypto/sha256"
	"encoding/binary"
)

// Digest is of what makes an order the same as another: tool, source, options,
// input and the address to call. The owner is part of its key.
func (o *Order) Digest() [32]byte {
	h := sha256.New()
	parts := [][]byte{[]byte(o.Spec.Name), []byte(o.Source), o.Encoded, o.About.encode(), o.Input.sum[:]}
	if o.Webhook != "" {
		parts = append(parts, []byte("x-webhook-url"), []byte(o.Webhook))
	}
	if o.dialect != "" { // its path is another
		parts = append(parts, []byte("dialect"), []byte(o.dialect))
	}
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return [32]byte(h.Sum(nil))
}
