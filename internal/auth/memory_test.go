package auth_test

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// memory is an auth.Store that counts its reads and can be made to fail.
type memory struct {
	mu    sync.Mutex // guards the fields below
	keys  []account.Key
	plans map[string]string
	reads int
	fail  error  // returned by every method
	after func() // called once, by the next Key, after it has read
}

func newMemory() *memory { return &memory{plans: map[string]string{}} }

func (m *memory) CreateKey(_ context.Context, k account.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.add(k)
	return nil
}

func (m *memory) add(k account.Key) {
	if k.Plan != "" {
		m.plans[k.Owner] = k.Plan
	} else if m.plans[k.Owner] == "" {
		m.plans[k.Owner] = "default"
	}
	m.keys = append(m.keys, k)
}

func (m *memory) Key(_ context.Context, digest [32]byte) (account.Key, error) {
	key, after, err := m.read(digest)
	if after != nil {
		after()
	}
	return key, err
}

func (m *memory) read(digest [32]byte) (account.Key, func(), error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	after := m.after
	m.after = nil
	if m.fail != nil {
		return account.Key{}, after, m.fail
	}
	for _, k := range m.keys {
		if k.Digest == digest {
			k.Plan = m.plans[k.Owner]
			return k, after, nil
		}
	}
	return account.Key{}, after, fault.New(fault.NotFound, "KEY_NOT_FOUND", "no such key")
}

func (m *memory) KeyByID(_ context.Context, id string) (account.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return account.Key{}, m.fail
	}
	for _, k := range m.keys {
		if k.ID == id {
			k.Plan = m.plans[k.Owner]
			return k, nil
		}
	}
	return account.Key{}, fault.New(fault.NotFound, "KEY_NOT_FOUND", "no such key")
}

func (m *memory) Keys(context.Context) ([]account.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.keys), m.fail
}

func (m *memory) ChangeKey(_ context.Context, id string, change func(*account.Key) (*account.Key, error)) (account.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return account.Key{}, m.fail
	}
	for i := range m.keys {
		if m.keys[i].ID != id {
			continue
		}
		changed := m.keys[i]
		if _, err := change(&changed); err != nil { // a store may call it twice
			return account.Key{}, err
		}
		changed = m.keys[i]
		add, err := change(&changed)
		if err != nil {
			return account.Key{}, err
		}
		m.keys[i] = changed
		if add != nil {
			m.add(*add)
		}
		return changed, nil
	}
	return account.Key{}, fault.New(fault.NotFound, "KEY_NOT_FOUND", "no such key")
}

func (m *memory) PlanOwner(_ context.Context, owner, plan string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if plan != "" && m.fail == nil {
		m.plans[owner] = plan
	}
	return cmp.Or(m.plans[owner], "default"), m.fail
}

func (m *memory) readCount() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reads
}

func (m *memory) failWith(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}
