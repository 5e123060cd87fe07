package proctorutest

import (
	"encoding/base64"
	"net/url"
	"slices"
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
func (s *Server) addAdHocProcess(c call) reply {
	number, isNumber := c.number()
	if number == 0 {
		s.counts.CreatesSeen++
	}
	if refused, ok := s.checkFields(c, createFields); !ok {
		return refused
	}
	wish, text := s.readWish(c)
	if text == "" && !isNumber {
		text = "reservation_no invalid" // invented
	}
	if text == "" {
		text = s.saveLearnerOf(c)
	}
	if text != "" {
		return s.failure(c, text)
	}
	if number != 0 && !s.is(VariantCreateWithNumber, "ignored") {
		return s.edit(c, number, wish)
	}
	return s.create(c, wish)
}

// readWish returns the reservation that the call asks for, or an error text.
func (s *Server) readWish(c call) (reservation, string) {
	if _, known := s.zone(c.params["time_zone_id"]); !known {
		return reservation{}, textZone
	}
	start, ok := parseTime(c.params["start_date"])
	if !ok && !s.is(VariantMissingFields, "accepted") {
		return reservation{}, "start_date invalid" // invented
	}
	minutes, err := strconv.Atoi(c.params["duration"])
	if (err != nil || minutes <= 0) && !s.is(VariantMissingFields, "accepted") {
		return reservation{}, "duration invalid" // invented
	}
	onDemand := c.flag("takeitnow")
	if start.Before(s.now()) && !(onDemand && s.now().Sub(start) < onDemandGrace) {
		return reservation{}, textPast
	}
	return reservation{
		id: c.params["reservation_id"], student: c.params["student_id"], start: start, minutes: minutes,
		description: c.params["description"], notes: c.params["notes"], comments: c.params["comments"],
		examPassword: c.params["exam_password"], onDemand: onDemand,
		department: c.params["department_id"], instructors: c.params["instructors"], whitelist: c.params["whitelist_urls"],
	}, ""
}

func (s *Server) create(c call, wish reservation) reply {
	known := s.known(wish)
	if known != nil && s.is(VariantRepeatedID, "updates") && !known.canceled {
		if text := s.obstacle(wish, known.number); text != "" {
			return s.failure(c, text)
		}
		s.change(wish.student, func() { s.rewrite(known, wish) })
		return s.reserved(c, known, decimal("0.0"))
	}
	if known != nil && s.refusesRepeat(known) {
		if s.is(VariantCreateOrder, "exist-last") {
			if text := s.obstacle(wish, 0); text != "" {
				return s.failure(c, text)
			}
		}
		return s.failure(c, textExists)
	}
	if text := s.obstacle(wish, 0); text != "" {
		return s.failure(c, text)
	}
	var made *reservation
	s.change(wish.student, func() { made = s.add(wish) })
	s.counts.ReservationsMade++
	return s.reserved(c, made, decimal("0.0"))
}

// known returns the reservation that a create with this id meets, if any: an
// active one rather than a canceled one.
func (s *Server) known(wish reservation) *reservation {
	var met *reservation
	for _, r := range s.byRID[wish.id] {
		if s.is(VariantRepeatedID, "per-learner") && r.student != wish.student || s.tooNew(r) {
			continue
		}
		if met == nil || met.canceled {
			met = r
		}
	}
	return met
}

func (s *Server) refusesRepeat(known *reservation) bool {
	switch s.playing[VariantRepeatedID] {
	case "creates", "updates":
		return false
	case "refuses-while-active":
		return known.active(s.now())
	}
	return true
}

// tooNew reports whether a create that arrives now does not see r yet.
func (s *Server) tooNew(r *reservation) bool {
	return s.is(VariantConcurrency, "both-succeed") && s.now().Sub(r.made) < together
}

// obstacle returns why the wish can't be had, leaving the reservation with the
// number except out of account.
func (s *Server) obstacle(wish reservation, except int64) string {
	for _, r := range s.byStudent[wish.student] {
		if r.number != except && !r.canceled && !r.ended && s.overlaps(r, &wish) && !(r.id == wish.id && s.tooNew(r)) {
			return textOverlap
		}
	}
	if wish.onDemand || s.offers(wish.start, except) {
		return ""
	}
	if s.is(VariantUnofferedSlot, "unknown-text") {
		return textNoSuchSlot
	}
	return textOverlap
}

func (s *Server) overlaps(a, b *reservation) bool {
	var padding time.Duration
	switch s.playing[VariantOverlapRule] {
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
func (s *Server) rewrite(r *reservation, wish reservation) {
	s.dated.mixed = true
	r.start, r.minutes, r.description = wish.start, wish.minutes, wish.description
	r.notes, r.comments, r.examPassword, r.examID = wish.notes, wish.comments, wish.examPassword, wish.examID
	r.department, r.instructors, r.whitelist = wish.department, wish.instructors, wish.whitelist
	s.reidentify(r, wish.id)
	s.counts.Changes++
}

// reidentify files r under another id of the institution.
func (s *Server) reidentify(r *reservation, id string) {
	if r.id == id {
		return
	}
	s.byRID[r.id] = slices.DeleteFunc(slices.Clone(s.byRID[r.id]), func(x *reservation) bool { return x == r })
	r.id = id
	s.byRID[id] = append(s.byRID[id], r)
}

// renumber cancels r and makes the wish under a new number.
func (s *Server) renumber(r *reservation, wish reservation, who string) *reservation {
	s.cancel(r, who)
	if s.is(VariantMoveRows, "two-for-a-moment") {
		r.shownUntil = s.now().Add(30 * time.Second)
	}
	wish.canceled, wish.shownUntil = false, time.Time{}
	s.counts.Changes++
	return s.add(wish)
}

// reserved is the answer to a create, an edit or a move. With something to pay
// the URL is an order page, on which the number is disguised.
func (s *Server) reserved(c call, r *reservation, balance any) reply {
	query := "login_token=" + s.uuid() + "--00&reservation_no="
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
	id := r.id
	if s.otherID {
		id = s.uuid()
	}
	return s.success(c, object{{"balance", balance}, {"reservation_id", id}, {number, r.number}, {"url", page + "?" + query}})
}

// edit is a create with reservation_no: the old slot is free if it succeeds, and
// kept if not. The number decides which reservation is meant.
func (s *Server) edit(c call, number int64, wish reservation) reply {
	if s.is(VariantCreateWithNumber, "refused") {
		return s.failure(c, textNoChange)
	}
	r := s.byNumber[number]
	switch {
	case r == nil, r.student != wish.student, r.begun, r.id != wish.id && s.is(VariantEditKey, "both"):
		return s.failure(c, textNotFound)
	case r.canceled:
		return s.failure(c, textCanceled)
	}
	if s.is(VariantEditID, "kept") {
		wish.id = r.id
	}
	if known := s.known(wish); wish.id != r.id && known != nil && s.refusesRepeat(known) {
		return s.failure(c, textExists)
	}
	if text := s.obstacle(wish, number); text != "" {
		return s.failure(c, text)
	}
	s.change(r.student, func() {
		if s.is(VariantCreateWithNumber, "new-number") {
			r = s.renumber(r, wish, s.nameOf(wish.student))
			return
		}
		s.rewrite(r, wish)
	})
	return s.reserved(c, r, decimal("0.0"))
}

// moveReservation gives an unused reservation another start.
func (s *Server) moveReservation(c call) reply {
	if refused, ok := s.checkFields(c, []string{"reservation_no", "reservation_id", "start_date"}); !ok {
		return refused
	}
	number, _ := c.number()
	r := s.byNumber[number]
	start, isTime := parseTime(c.params["start_date"])
	switch {
	case r == nil || r.id != c.params["reservation_id"]:
		return s.failure(c, textForeign)
	case r.canceled:
		return s.failure(c, textCanceled)
	case r.begun:
		return s.failure(c, textNotFound)
	case !isTime:
		return s.failure(c, "start_date invalid") // invented
	case start.Before(s.now()):
		return s.failure(c, textPast)
	case s.is(VariantMove, "refused") && s.now().Before(r.end()):
		return s.failure(c, textNoChange)
	}
	wish := *r
	wish.start = start
	if text := s.obstacle(wish, number); text != "" {
		return s.failure(c, text)
	}
	s.change(r.student, func() { r = s.restart(r, wish, s.nameOf(r.student)) })
	return s.reserved(c, r, 30)
}

// restart puts r to the wish's start, under the number that the variant says.
func (s *Server) restart(r *reservation, wish reservation, who string) *reservation {
	if s.is(VariantMove, "same-number") {
		s.rewrite(r, wish)
		return r
	}
	return s.renumber(r, wish, who)
}

// removeReservation cancels a reservation.
func (s *Server) removeReservation(c call) reply {
	required := []string{"student_id"}
	if !c.has("exam_id") { // which stands for the number of a reservation that is not ad-hoc
		required = append(required, "reservation_no")
	}
	if s.is(VariantExplanation, "required") {
		required = append(required, "explanation")
	}
	if refused, ok := s.checkFields(c, required); !ok {
		return refused
	}
	if s.learners[c.params["student_id"]] == nil {
		return s.failure(c, textNoStudent)
	}
	r := s.toRemove(c)
	credit := object{{"onaccount", "30.00"}}
	switch {
	case r == nil || r.student != c.params["student_id"]:
		return s.failure(c, textNotFound)
	case r.canceled && s.is(VariantSecondRemoval, "success"):
		return s.success(c, credit)
	case r.canceled && s.is(VariantSecondRemoval, "not-found"):
		return s.failure(c, textNotFound)
	case r.canceled:
		return s.failure(c, textCanceled)
	case r.ended, r.begun && !s.is(VariantLateRemoval, "allowed"):
		return s.failure(c, textNotFound)
	}
	s.change(r.student, func() { s.cancel(r, s.nameOf(r.student)) })
	s.counts.Removals++
	return s.success(c, credit)
}

// toRemove finds the reservation by number, or the learner's newest one of an exam:
// an active one rather than a canceled one.
func (s *Server) toRemove(c call) *reservation {
	if number, _ := c.number(); number != 0 {
		return s.byNumber[number]
	}
	var found *reservation
	for _, r := range s.byStudent[c.params["student_id"]] {
		if r.examID != "" && r.examID == c.params["exam_id"] && (found == nil || !r.canceled || found.canceled) {
			found = r
		}
	}
	return found
}

func (s *Server) cancel(r *reservation, who string) {
	r.canceled = true
	r.note(noteCancelled, who, s.now())
	s.notify(eventCancellation, r)
}

// beginReservation answers with the URL at which the learner meets the proctor.
func (s *Server) beginReservation(c call) reply {
	if refused, ok := s.checkFields(c, []string{"student_id", "reservation_id"}); !ok {
		return refused
	}
	if s.learners[c.params["student_id"]] == nil {
		return s.failure(c, textNoStudent)
	}
	r := s.toBegin(c)
	if r == nil || r.canceled || r.ended || s.now().After(r.end()) && !s.is(VariantBeginWindow, "never-too-late") {
		return s.failure(c, textNotFound)
	}
	if s.now().Before(r.start.Add(-s.beginLead())) {
		return s.failure(c, textFuture)
	}
	if r.begun && s.is(VariantBeginTwice, "refused") {
		return s.failure(c, textNotFound)
	}
	s.change(r.student, func() {
		if !r.begun || !s.is(VariantBeginTwice, "same-url") {
			r.beginURL = "https://demo.proctoru.com/session/auto_login?token=" + s.uuid() + "--01"
		}
		r.begun = true
	})
	s.counts.Begins++
	return s.success(c, s.beginData(r))
}

func (s *Server) beginData(r *reservation) any {
	switch s.playing[VariantBeginAnswer] {
	case "rows":
		return []object{listRow(r)}
	case "null":
		return nil
	case "url-rows":
		return []object{{{"url", r.beginURL}}}
	}
	return object{{"url", r.beginURL}}
}

func (s *Server) beginLead() time.Duration {
	switch s.playing[VariantBeginWindow] {
	case "at-start":
		return 0
	case "30m":
		return 30 * time.Minute
	}
	return 15 * time.Minute
}

// toBegin finds the learner's reservation by number, by id, or by both. Without a
// number it is the id that counts.
func (s *Server) toBegin(c call) *reservation {
	student, id := c.params["student_id"], c.params["reservation_id"]
	number, isNumber := c.number()
	if number != 0 && !s.is(VariantBeginKey, "id-alone") {
		r := s.byNumber[number]
		if r == nil || r.student != student || r.id != id && s.is(VariantBeginKey, "both") {
			return nil
		}
		return r
	}
	if !isNumber && !s.is(VariantBeginKey, "id-alone") {
		return nil
	}
	var found *reservation
	for _, r := range s.byRID[id] { // the newest active one, else the newest
		if r.student == student && (found == nil || !r.canceled || found.canceled) {
			found = r
		}
	}
	return found
}
