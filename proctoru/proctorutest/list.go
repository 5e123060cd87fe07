package proctorutest

import (
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// getReservations lists a learner's reservations, or everybody's if no learner is named.
func (p *Server) getReservations(c call) reply {
	student := c.params["student_id"]
	if student != "" && p.learners[student] == nil {
		return p.failure(c, textNoStudent)
	}
	status := c.params["status"]
	if p.is(VariantCancelledRows, "status-ignored") {
		status = ""
	}
	view := &p.lists
	if status == "cancelled" {
		view = &p.evidence
	}
	rows := []object{}
	for _, r := range p.seen(view, student) {
		if p.shows(&r, status) {
			rows = append(rows, listRow(&r))
		}
	}
	return p.success(c, rows)
}

// seen returns what the view shows of the learner's reservations, or of everybody's, by number.
func (p *Server) seen(view *laggingView, student string) []reservation {
	if student != "" {
		return view.read(student, p.byStudent[student], p.now())
	}
	var all []reservation
	for _, name := range p.students() {
		all = append(all, view.read(name, p.byStudent[name], p.now())...)
	}
	slices.SortFunc(all, func(a, b reservation) int { return int(a.number - b.number) })
	return all
}

// students returns the ids of all learners with a reservation, sorted.
func (p *Server) students() []string {
	names := make([]string, 0, len(p.byStudent))
	for name := range p.byStudent {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// shows reports whether a list with that status has a row for r.
func (p *Server) shows(r *reservation, status string) bool {
	switch status {
	case "cancelled":
		return r.canceled
	case "", "scheduled":
	default: // pending, voided: none of ours ever is
		return false
	}
	now := p.now()
	if r.canceled && !p.is(VariantCancelledRows, "shown-unmarked") && !now.Before(r.shownUntil) {
		return false
	}
	switch p.playing[VariantPastRows] {
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
