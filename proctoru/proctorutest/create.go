package proctorutest

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
)

// together is how near to each other two creates count as simultaneous where the
// variant Concurrency lets both succeed.
const together = 2 * time.Second

// onDemandGrace is how late a session on demand may arrive for the start that it names.
const onDemandGrace = 5 * time.Minute

var createFields = []string{
	"student_id", "first_name", "last_name", "email", "time_zone_id", "description", "duration", "start_date", "reservation_id",
}

// addAdHocProcess makes a reservation, or edits the one named by reservation_no.
func (p *Server) addAdHocProcess(c call) reply {
	number, isNumber := c.number()
	if number == 0 {
		p.counts.CreatesSeen++
	}
	if refused, ok := p.checkFields(c, createFields); !ok {
		return refused
	}
	wish, text := p.readWish(c)
	if text == "" && !isNumber {
		text = "reservation_no invalid" // invented
	}
	if text == "" {
		text = p.saveLearnerOf(c)
	}
	if text != "" {
		return p.failure(c, text)
	}
	if number != 0 && !p.is(VariantCreateWithNumber, "ignored") {
		return p.edit(c, number, wish)
	}
	return p.create(c, wish)
}

// readWish returns the reservation that the call asks for, or an error text.
func (p *Server) readWish(c call) (reservation, string) {
	if _, known := p.zone(c.params["time_zone_id"]); !known {
		return reservation{}, textZone
	}
	start, ok := parseTime(c.params["start_date"])
	if !ok && !p.is(VariantMissingFields, "accepted") {
		return reservation{}, "start_date invalid" // invented
	}
	minutes, err := strconv.Atoi(c.params["duration"])
	if (err != nil || minutes <= 0) && !p.is(VariantMissingFields, "accepted") {
		return reservation{}, "duration invalid" // invented
	}
	onDemand := c.flag("takeitnow")
	if start.Before(p.now()) && !(onDemand && p.now().Sub(start) < onDemandGrace) {
		return reservation{}, textPast
	}
	return reservation{
		id: c.params["reservation_id"], student: c.params["student_id"], start: start, minutes: minutes,
		description: c.params["description"], notes: c.params["notes"], comments: c.params["comments"],
		examPassword: c.params["exam_password"], onDemand: onDemand,
	}, ""
}

func (p *Server) create(c call, wish reservation) reply {
	known := p.known(wish)
	if known != nil && p.is(VariantRepeatedID, "updates") && !known.canceled {
		if text := p.obstacle(wish, known.number); text != "" {
			return p.failure(c, text)
		}
		p.change(wish.student, func() { p.rewrite(known, wish) })
		return p.reserved(c, known, decimal("0.0"))
	}
	if known != nil && p.refusesRepeat(known) {
		if p.is(VariantCreateOrder, "exist-last") {
			if text := p.obstacle(wish, 0); text != "" {
				return p.failure(c, text)
			}
		}
		return p.failure(c, textExists)
	}
	if text := p.obstacle(wish, 0); text != "" {
		return p.failure(c, text)
	}
	var made *reservation
	p.change(wish.student, func() { made = p.add(wish) })
	p.counts.ReservationsMade++
	return p.reserved(c, made, decimal("0.0"))
}

// known returns the reservation that a create with this id meets, if any: an
// active one rather than a canceled one.
func (p *Server) known(wish reservation) *reservation {
	var met *reservation
	for _, r := range p.byRID[wish.id] {
		if p.is(VariantRepeatedID, "per-learner") && r.student != wish.student || p.tooNew(r) {
			continue
		}
		if met == nil || met.canceled {
			met = r
		}
	}
	return met
}

func (p *Server) refusesRepeat(known *reservation) bool {
	switch p.playing[VariantRepeatedID] {
	case "creates", "updates":
		return false
	case "refuses-while-active":
		return known.active(p.now())
	}
	return true
}

// tooNew reports whether a create that arrives now does not see r yet.
func (p *Server) tooNew(r *reservation) bool {
	return p.is(VariantConcurrency, "both-succeed") && p.now().Sub(r.made) < together
}

// obstacle returns why the wish can't be had, leaving the reservation with the
// number except out of account.
func (p *Server) obstacle(wish reservation, except int64) string {
	for _, r := range p.byStudent[wish.student] {
		if r.number != except && !r.canceled && !r.ended && p.overlaps(r, &wish) && !(r.id == wish.id && p.tooNew(r)) {
			return textOverlap
		}
	}
	if wish.onDemand || p.offers(wish.start, except) {
		return ""
	}
	if p.is(VariantUnofferedSlot, "unknown-text") {
		return textNoSuchSlot
	}
	return textOverlap
}

func (p *Server) overlaps(a, b *reservation) bool {
	var padding time.Duration
	switch p.playing[VariantOverlapRule] {
	case "none":
		return false
	case "same-start":
		return a.start.Equal(b.start)
	case "padded":
		padding = 15 * time.Minute
	}
	return a.start.Before(b.end().Add(padding)) && b.start.Before(a.end().Add(padding))
}

// rewrite gives r the wish's values under its own number.
func (p *Server) rewrite(r *reservation, wish reservation) {
	r.start, r.minutes, r.description = wish.start, wish.minutes, wish.description
	r.notes, r.comments, r.examPassword, r.examID = wish.notes, wish.comments, wish.examPassword, wish.examID
	p.counts.Changes++
}

// renumber cancels r and makes the wish under a new number and r's id.
func (p *Server) renumber(r *reservation, wish reservation, who string) *reservation {
	p.cancel(r, who)
	if p.is(VariantMoveRows, "two-for-a-moment") {
		r.shownUntil = p.now().Add(30 * time.Second)
	}
	wish.id, wish.canceled, wish.shownUntil = r.id, false, time.Time{}
	p.counts.Changes++
	return p.add(wish)
}

// reserved is the answer to a create, an edit or a move. With something to pay
// the URL is an order page, on which the number is disguised.
func (p *Server) reserved(c call, r *reservation, balance any) reply {
	query := "login_token=" + p.uuid() + "--00&reservation_no="
	page := "https://demo.proctoru.com/students/reservations"
	if balance == any(decimal("0.0")) {
		query += strconv.FormatInt(r.number, 10) + "&return_to=" + url.QueryEscape(page)
	} else {
		page = "https://demo.proctoru.com/students/order"
		query += url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(strconv.FormatInt(r.number, 10) + "\n")))
	}
	number := "reservation_no"
	if c.endpoint.name == "addProcess" { // which alone writes the word out
		number = "reservation_number"
	}
	return p.success(c, object{{"balance", balance}, {"reservation_id", r.id}, {number, r.number}, {"url", page + "?" + query}})
}
