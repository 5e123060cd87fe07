package proctorutest

import "time"

// beginReservation answers with the URL at which the learner meets the proctor.
func (p *Server) beginReservation(c call) reply {
	if refused, ok := p.checkFields(c, []string{"student_id", "reservation_id"}); !ok {
		return refused
	}
	if p.learners[c.params["student_id"]] == nil {
		return p.failure(c, textNoStudent)
	}
	r := p.toBegin(c)
	if r == nil || r.canceled || r.ended || p.now().After(r.end()) && !p.is(VariantBeginWindow, "never-too-late") {
		return p.failure(c, textNotFound)
	}
	if p.now().Before(r.start.Add(-p.beginLead())) {
		return p.failure(c, textFuture)
	}
	if r.begun && p.is(VariantBeginTwice, "refused") {
		return p.failure(c, textNotFound)
	}
	p.change(r.student, func() {
		if !r.begun || !p.is(VariantBeginTwice, "same-url") {
			r.beginURL = "https://demo.proctoru.com/session/auto_login?token=" + p.uuid() + "--01"
		}
		r.begun = true
	})
	p.counts.Begins++
	return p.success(c, p.beginData(r))
}

func (p *Server) beginData(r *reservation) any {
	switch p.playing[VariantBeginAnswer] {
	case "rows":
		return []object{listRow(r)}
	case "null":
		return nil
	}
	return object{{"url", r.beginURL}}
}

func (p *Server) beginLead() time.Duration {
	switch p.playing[VariantBeginWindow] {
	case "at-start":
		return 0
	case "30m":
		return 30 * time.Minute
	}
	return 15 * time.Minute
}

// toBegin finds the learner's reservation by number, by id, or by both.
func (p *Server) toBegin(c call) *reservation {
	student, id := c.params["student_id"], c.params["reservation_id"]
	number, isNumber := c.number()
	if number != 0 && !p.is(VariantBeginKey, "id-alone") {
		r := p.byNumber[number]
		if r == nil || r.student != student || r.id != id && !p.is(VariantBeginKey, "number-alone") {
			return nil
		}
		return r
	}
	if !isNumber && !p.is(VariantBeginKey, "id-alone") {
		return nil
	}
	var found *reservation
	for _, r := range p.byRID[id] { // the newest active one, else the newest
		if r.student == student && (found == nil || !r.canceled || found.canceled) {
			found = r
		}
	}
	return found
}
