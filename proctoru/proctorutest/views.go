package proctorutest

import "time"

// What the variants of lag play; SetListLag and SetReportLag choose other values.
const (
	listLagTime   = 45 * time.Second
	listLagReads  = 3
	reportLagTime = 200 * time.Second
)

// laggingView shows each learner's reservations as they once were: a write shows
// up when it is lag old and was followed by that many reads.
type laggingView struct {
	lag      time.Duration
	reads    int
	versions map[string][]version // by student, oldest first; the oldest one shows always
}

type version struct {
	at   time.Time
	seen int // reads since
	rows []reservation
}

func (v *laggingView) set(lag time.Duration, reads int) {
	v.lag, v.reads = lag, reads
	if lag <= 0 && reads <= 0 {
		v.versions = nil
	} else if v.versions == nil {
		v.versions = map[string][]version{}
	}
}

func (v *laggingView) lags() bool { return v.versions != nil }

// before keeps what the view shows until the write that follows shows up.
func (v *laggingView) before(student string, rows []*reservation) {
	if v.lags() && len(v.versions[student]) == 0 {
		v.versions[student] = []version{{rows: copyRows(rows)}}
	}
}

func (v *laggingView) after(student string, rows []*reservation, now time.Time) {
	if v.lags() {
		v.versions[student] = append(v.versions[student], version{at: now, rows: copyRows(rows)})
	}
}

// read returns what one read of the learner's reservations shows.
func (v *laggingView) read(student string, rows []*reservation, now time.Time) []reservation {
	versions := v.versions[student]
	if len(versions) == 0 {
		return copyRows(rows)
	}
	newest := 0
	for i := range versions {
		if versions[i].seen >= v.reads && now.Sub(versions[i].at) >= v.lag {
			newest = i
		}
	}
	versions = versions[newest:]
	for i := range versions {
		versions[i].seen++
	}
	v.versions[student] = versions
	return versions[0].rows
}

func copyRows(rows []*reservation) []reservation {
	copies := make([]reservation, len(rows))
	for i, r := range rows {
		copies[i] = *r
	}
	return copies
}

// SetListLag makes getStudentReservationList show a write only when it is lag old
// and the learner's list was read that many times since.
func (p *Server) SetListLag(lag time.Duration, reads int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lists.set(lag, reads)
}

// SetReportLag makes the activity report, and the list of canceled reservations,
// show a write only when it is lag old.
func (p *Server) SetReportLag(lag time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.evidence.set(lag, 0)
}

func (p *Server) applyLag(variant string) {
	switch {
	case variant == VariantListLag && p.is(VariantListLag, "time"):
		p.lists.set(listLagTime, 0)
	case variant == VariantListLag && p.is(VariantListLag, "reads"):
		p.lists.set(0, listLagReads)
	case variant == VariantListLag:
		p.lists.set(0, 0)
	case variant == VariantReportLag && p.is(VariantReportLag, "minutes"):
		p.evidence.set(reportLagTime, 0)
	case variant == VariantReportLag:
		p.evidence.set(0, 0)
	}
}
