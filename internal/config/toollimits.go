package config

import (
	"fmt"

	"claimcheck/internal/meter"
)

// checkLimits refuses limits that do not go together.
func (t *Tool) checkLimits() error {
	switch {
	case t.Burst > 0 && !t.Rate.Any():
		return fmt.Errorf("tool %s has a burst and needs max_per, of which it is a part", t.Name)
	case t.By != "" && !t.Rate.Any():
		return fmt.Errorf("tool %s has by and needs max_per, which each would have for itself", t.Name)
	case t.ConcurrencyBy != "" && t.MaxRunning == 0:
		return fmt.Errorf("tool %s has concurrency_by and needs max_running, which would be for each value", t.Name)
	}
	return nil
}

// Limits are what a tool's attempts keep to beside a max_running that is for all of
// them; nil for none.
func (t *Tool) Limits() *meter.Limits {
	l := meter.Limits{Rate: t.Rate, By: t.By, SlotsBy: t.ConcurrencyBy}
	if t.Burst > 0 {
		l.Rate.Burst = t.Burst
	}
	if t.ConcurrencyBy != "" {
		l.Most = t.MaxRunning
	}
	if !l.Any() {
		return nil
	}
	return &l
}

func setRate(t *Tool, e entry, _ lookup) error {
	text, err := e.single()
	if err != nil {
		return err
	}
	if t.Rate, err = meter.Parse(text); err != nil {
		err = fmt.Errorf("%s: %w", Shown(text), err)
	}
	return err
}

func setBurst(t *Tool, e entry, _ lookup) (err error) {
	t.Burst, err = e.count(1, meter.MaxBurst)
	return err
}

func setBy(t *Tool, e entry, _ lookup) (err error) {
	t.By, err = e.by()
	return err
}

func setConcurrencyBy(t *Tool, e entry, _ lookup) (err error) {
	t.ConcurrencyBy, err = e.by()
	return err
}

func (e entry) by() (meter.By, error) {
	text, err := e.single()
	if err != nil {
		return "", err
	}
	by, err := meter.ParseBy(text)
	if err != nil {
		err = fmt.Errorf("%s: %w", Shown(text), err)
	}
	return by, err
}
