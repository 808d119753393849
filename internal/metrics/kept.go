package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// keptTime is how long what was gathered is repeated: gathering asks the
// database, and anybody may scrape as often as they like.
const keptTime = time.Second

// A kept gathers once for all who ask within keptTime.
type kept struct {
	from prometheus.Gatherer

	turn     chan struct{} // has room for one, who may use the fields below; held while gathering, so that it is done once
	at       time.Time
	families []*dto.MetricFamily
	err      error
}

func keep(from prometheus.Gatherer) *kept {
	return &kept{from: from, turn: make(chan struct{}, 1)}
}

// Gather returns what was gathered lately; nobody may change it.
func (k *kept) Gather() ([]*dto.MetricFamily, error) {
	k.turn <- struct{}{}
	defer func() { <-k.turn }()
	if k.at.IsZero() || time.Since(k.at) >= keptTime {
		k.families, k.err = k.from.Gather()
		k.at = time.Now()
	}
	return k.families, k.err
}
