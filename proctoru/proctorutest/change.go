package proctorutest

// edit is a create with reservation_no: the old slot is free if it succeeds, and
// kept if not.
func (p *Server) edit(c call, number int64, wish reservation) reply {
	if p.is(VariantCreateWithNumber, "refused") {
		return p.failure(c, textNoChange)
	}
	r := p.byNumber[number]
	switch {
	case r == nil, r.student != wish.student, r.id != wish.id, r.begun:
		return p.failure(c, textNotFound)
	case r.canceled:
		return p.failure(c, textCanceled)
	}
	if text := p.obstacle(wish, number); text != "" {
		return p.failure(c, text)
	}
	p.change(r.student, func() {
		if p.is(VariantCreateWithNumber, "new-number") {
			r = p.renumber(r, wish, p.nameOf(wish.student))
			return
		}
		p.rewrite(r, wish)
	})
	return p.reserved(c, r, decimal("0.0"))
}

// moveReservation gives an unused reservation another start.
func (p *Server) moveReservation(c call) reply {
	if refused, ok := p.checkFields(c, []string{"reservation_no", "reservation_id", "start_date"}); !ok {
		return refused
	}
	number, _ := c.number()
	r := p.byNumber[number]
	start, isTime := parseTime(c.params["start_date"])
	switch {
	case r == nil || r.id != c.params["reservation_id"]:
		return p.failure(c, textForeign)
	case r.canceled:
		return p.failure(c, textCanceled)
	case r.begun:
		return p.failure(c, textNotFound)
	case !isTime:
		return p.failure(c, "start_date invalid") // invented
	case start.Before(p.now()):
		return p.failure(c, textPast)
	case p.is(VariantMove, "refused") && p.now().Before(r.end()):
		return p.failure(c, textNoChange)
	}
	wish := *r
	wish.start = start
	if text := p.obstacle(wish, number); text != "" {
		return p.failure(c, text)
	}
	p.change(r.student, func() { r = p.restart(r, wish, p.nameOf(r.student)) })
	return p.reserved(c, r, 30)
}

// restart puts r to the wish's start, under the number that the variant says.
func (p *Server) restart(r *reservation, wish reservation, who string) *reservation {
	if p.is(VariantMove, "same-number") {
		p.rewrite(r, wish)
		return r
	}
	return p.renumber(r, wish, who)
}

// removeReservation cancels a reservation.
func (p *Server) removeReservation(c call) reply {
	required := []string{"student_id"}
	if !c.has("exam_id") { // which stands for the number of a reservation that is not ad-hoc
		required = append(required, "reservation_no")
	}
	if p.is(VariantExplanation, "required") {
		required = append(required, "explanation")
	}
	if refused, ok := p.checkFields(c, required); !ok {
		return refused
	}
	if p.learners[c.params["student_id"]] == nil {
		return p.failure(c, textNoStudent)
	}
	r := p.toRemove(c)
	credit := object{{"onaccount", "30.00"}}
	switch {
	case r == nil || r.student != c.params["student_id"]:
		return p.failure(c, textNotFound)
	case r.canceled && p.is(VariantSecondRemoval, "success"):
		return p.success(c, credit)
	case r.canceled && p.is(VariantSecondRemoval, "not-found"):
		return p.failure(c, textNotFound)
	case r.canceled:
		return p.failure(c, textCanceled)
	case r.ended, r.begun && !p.is(VariantLateRemoval, "allowed"):
		return p.failure(c, textNotFound)
	}
	p.change(r.student, func() { p.cancel(r, p.nameOf(r.student)) })
	p.counts.Removals++
	return p.success(c, credit)
}

// toRemove finds the reservation by number, or the learner's newest one of an exam:
// an active one rather than a canceled one.
func (p *Server) toRemove(c call) *reservation {
	if number, _ := c.number(); number != 0 {
		return p.byNumber[number]
	}
	var found *reservation
	for _, r := range p.byStudent[c.params["student_id"]] {
		if r.examID != "" && r.examID == c.params["exam_id"] && (found == nil || !r.canceled || found.canceled) {
			found = r
		}
	}
	return found
}

func (p *Server) cancel(r *reservation, who string) {
	r.canceled = true
	r.note("Reservation cancelled", who, p.now())
	p.notify(eventCancellation, r)
}
