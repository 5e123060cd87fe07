package proctorutest

import (
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// getReservations lists a learner's reservations, or everybody's if no learner is named.
func (s *Server) getReservations(c call) reply {
	student := c.params["student_id"]
	if student != "" && s.learners[student] == nil {
		return s.failure(c, textNoStudent)
	}
	status := c.params["status"]
	if s.is(VariantCancelledRows, "status-ignored") {
		status = ""
	}
	view := &s.lists
	if status == "cancelled" {
		view = &s.evidence
	}
	rows := []object{}
	for _, r := range s.seen(view, student) {
		if s.shows(&r, status) {
			rows = append(rows, listRow(&r))
		}
	}
	return s.success(c, rows)
}

// seen returns what the view shows of the learner's reservations, or of everybody's, by number.
func (s *Server) seen(view *laggingView, student string) []reservation {
	if student != "" {
		return view.read(student, s.byStudent[student], s.now())
	}
	var all []reservation
	for _, name := range s.students() {
		all = append(all, view.read(name, s.byStudent[name], s.now())...)
	}
	slices.SortFunc(all, func(a, b reservation) int { return int(a.number - b.number) })
	return all
}

// students returns the ids of all learners with a reservation, sorted.
func (s *Server) students() []string {
	names := make([]string, 0, len(s.byStudent))
	for name := range s.byStudent {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// shows reports whether a list with that status has a row for r.
func (s *Server) shows(r *reservation, status string) bool {
	switch status {
	case "cancelled":
		return r.canceled
	case "", "scheduled":
	default: // pending, voided: there are none here
		return false
	}
	now := s.now()
	if r.canceled && !s.is(VariantCancelledRows, "shown-unmarked") && !now.Before(r.shownUntil) {
		return false
	}
	switch s.playing[VariantPastRows] {
	case "for-ever":
		return true
	case "hidden-at-start":
		return now.Before(r.start)
	}
	return now.Before(r.end().Add(24 * time.Hour))
}

func listRow(r *reservation) object {
	return object{
		{"reservation_no", r.number}, {"reservation_id", r.id}, {"exam_id", testserver.OrNull(r.examID)}, {"description", r.description},
		{"courseno", testserver.OrNull(r.courseNo)}, {"instructor", testserver.OrNull(r.instructor)}, {"start_date", r.start.Format(wireTime)}, {"test", r.description},
		{"escalated", r.verdict.Escalated},
	}
}

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
func (s *Server) SetListLag(lag time.Duration, reads int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists.set(lag, reads)
}

// SetReportLag makes the activity report, and the list of canceled reservations,
// show a write only when it is lag old.
func (s *Server) SetReportLag(lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evidence.set(lag, 0)
}

func (s *Server) applyLag(variant string) {
	switch {
	case variant == VariantListLag && s.is(VariantListLag, "time"):
		s.lists.set(listLagTime, 0)
	case variant == VariantListLag && s.is(VariantListLag, "reads"):
		s.lists.set(0, listLagReads)
	case variant == VariantListLag:
		s.lists.set(0, 0)
	case variant == VariantReportLag && s.is(VariantReportLag, "minutes"):
		s.evidence.set(reportLagTime, 0)
	case variant == VariantReportLag:
		s.evidence.set(0, 0)
	}
}
