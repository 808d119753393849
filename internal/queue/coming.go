package queue

import "claimcheck/internal/job"

// expect says that grants of jobs are coming. They are taken as not given once
// done is called.
func (q *Queue) expect(ids ...job.ID) (done func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		if q.coming[id] == nil {
			q.coming[id] = &coming{}
		}
		q.coming[id].claims++
	}
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, id := range ids {
			if q.coming[id].claims--; q.coming[id].claims == 0 {
				delete(q.coming, id)
			}
		}
	}
}

func idsOf(picked []job.Candidate) []job.ID {
	ids := make([]job.ID, len(picked))
	for i, c := range picked {
		ids[i] = c.ID
	}
	return ids
}

// stopComing leaves word that an attempt must stop. The caller holds the mutex.
func (q *Queue) stopComing(id job.ID, attempt int, cause error) {
	if c := q.coming[id]; c != nil && attempt >= c.attempt {
		c.attempt, c.cause = attempt, cause
	}
}

// stopped ends a grant that has come if word was left. The caller holds the mutex.
func (q *Queue) stopped(g *grant) {
	if c := q.coming[g.lease.ID]; c != nil && c.cause != nil && c.attempt == g.lease.Attempt {
		g.end(c.cause)
	}
}
