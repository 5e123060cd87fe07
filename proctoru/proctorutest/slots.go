package proctorutest

import (
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

const (
	slotStep    = 15 * time.Minute
	noticeOfFee = 72 * time.Hour // sooner than that there is a premium
	// onDemandSpan is how far sessions on demand reach; invented.
	onDemandSpan = 2 * time.Hour
)

// slotBook knows which slots there are, and how many learners each can take.
type slotBook struct {
	offered  func(day time.Time) []time.Time // nil: defaultSlots
	capacity map[int64]int                   // by Unix time; absent is unlimited
}

// defaultSlots are all quarter hours of the UTC day but three, which others have taken.
func defaultSlots(day time.Time) []time.Time {
	var slots []time.Time
	for at := day; at.Before(day.AddDate(0, 0, 1)); at = at.Add(slotStep) {
		if at.Minute() != 45 || at.Hour()%8 != 3 {
			slots = append(slots, at)
		}
	}
	return slots
}

// SetSlots makes the server offer the starts that offered returns for a day, which
// is given as its midnight in UTC. Nil restores the default: every quarter hour
// but 03:45, 11:45 and 19:45 UTC.
func (s *Server) SetSlots(offered func(day time.Time) []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots.offered = offered
}

// SetSlotCapacity makes the slot full when n active reservations start then. A
// full slot is not offered, and answers OVERLAP. A negative n removes the limit.
func (s *Server) SetSlotCapacity(start time.Time, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 0 {
		delete(s.slots.capacity, start.Unix())
		return
	}
	s.slots.capacity[start.Unix()] = n
}

// BlockSlot takes the slot away, as if others had booked it up.
func (s *Server) BlockSlot(start time.Time) { s.SetSlotCapacity(start, 0) }

// FreeSlot gives a blocked slot back.
func (s *Server) FreeSlot(start time.Time) { s.SetSlotCapacity(start, -1) }

// full reports whether the slot is taken; the reservation with number except does not
// count.
func (s *Server) full(start time.Time, except int64) bool {
	capacity, limited := s.slots.capacity[start.Unix()]
	if !limited {
		return false
	}
	taken := 0
	for _, r := range s.reservations {
		if r.number != except && r.start.Equal(start) && r.active(s.now()) {
			taken++
		}
	}
	return taken >= capacity
}

// offers reports whether a session can start then. Times on a quarter hour are
// taken even if the list does not show them, unless the slot is full.
func (s *Server) offers(start time.Time, except int64) bool {
	switch s.playing[VariantUnofferedSlot] {
	case "any-minute":
		return true
	case "unknown-text":
		return s.isListed(start) && !s.full(start, except)
	}
	return start.Equal(start.Truncate(slotStep)) && !s.full(start, except)
}

func (s *Server) isListed(start time.Time) bool {
	for _, slot := range s.slotsOf(start.Truncate(24 * time.Hour)) {
		if slot.Equal(start) {
			return true
		}
	}
	return false
}

func (s *Server) slotsOf(day time.Time) []time.Time {
	if s.slots.offered != nil {
		return s.slots.offered(day)
	}
	return defaultSlots(day)
}

// getSlots lists the free slots from start_date to the end of that day.
func (s *Server) getSlots(c call) reply {
	adHoc := c.flag("isadhoc") || !c.has("exam_id") && s.is(VariantSlotsWithoutExam, "ad-hoc")
	if refused, ok := s.checkFields(c, s.slotFields(c, adHoc)); !ok {
		return refused
	}
	sent, known := s.zone(c.params["time_zone_id"])
	minutes, err := strconv.Atoi(c.params["duration"])
	switch {
	case !known && (adHoc || c.has("time_zone_id")):
		return s.failure(c, textZone)
	case (err != nil || minutes <= 0) && (adHoc || c.has("duration")):
		return s.failure(c, "duration invalid") // invented
	}
	wanted, zone, text := s.slotsWanted(c, adHoc, sent)
	if text != "" {
		return s.failure(c, text)
	}
	from, isTime := s.slotsFrom(c.params["start_date"], zone)
	if !isTime {
		return s.failure(c, "start_date invalid") // invented
	}
	until := s.spanEnd(from, zone)
	if !until.After(s.now()) && !s.is(VariantSlotSpan, "past-included") {
		return s.failure(c, textPast)
	}
	if soon := s.now().Add(onDemandSpan); s.is(VariantTakeItNow, "next-hours") && c.flag("takeitnow") && until.After(soon) {
		until = soon
	}
	number, _ := c.number()
	free := slices.DeleteFunc(s.freeSlots(from, until, number), func(slot time.Time) bool { return !wanted(slot) })
	return s.slotList(c, free, zone)
}

// slotFields are the fields that a listing must have. That of an exam needs neither a
// zone nor a duration.
func (s *Server) slotFields(c call, adHoc bool) []string {
	switch {
	case adHoc:
		return []string{"time_zone_id", "start_date", "duration"}
	case s.is(VariantExamSlots, "refused"):
		return []string{"time_zone_id", "start_date", "duration", "student_id", "exam_id"}
	case !c.has("exam_id") && s.is(VariantSlotsWithoutExam, "exam-not-found"):
		return []string{"start_date"}
	}
	return []string{"start_date", "student_id", "exam_id"}
}

// slotsWanted returns a filter for the slots, those in the exam's window if the call is
// for an exam, and the zone whose day is listed: the one that was sent, if any.
func (s *Server) slotsWanted(c call, adHoc bool, sent *time.Location) (wanted func(time.Time) bool, zone *time.Location, text string) {
	if adHoc {
		return func(time.Time) bool { return true }, sent, ""
	}
	e, l := s.exams[c.params["exam_id"]], s.learners[c.params["student_id"]]
	switch {
	case l == nil && c.has("exam_id"):
		return nil, nil, textNoStudent
	case e == nil || e.Inactive:
		return nil, nil, textNoExam
	case c.has("time_zone_id"):
		return e.fits, sent, ""
	}
	zone, known := s.zone(l.fields["time_zone_id"])
	if !known || s.is(VariantExamSlots, "utc-day") {
		zone = time.UTC
	}
	return e.fits, zone, ""
}

// slotsFrom reads start_date: an instant, or a day, which begins where the zone has it
// begin.
func (s *Server) slotsFrom(text string, zone *time.Location) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || s.is(VariantDateAlone, "utc") {
		return parseTime(text)
	}
	return testserver.StartOfDay(day.Year(), day.Month(), day.Day(), zone).UTC(), true
}

func (s *Server) spanEnd(from time.Time, zone *time.Location) time.Time {
	switch s.playing[VariantSlotSpan] {
	case "24h":
		return from.Add(24 * time.Hour)
	case "several-days":
		return from.AddDate(0, 0, 3)
	}
	year, month, day := from.In(zone).Date()
	return testserver.StartOfDay(year, month, day+1, zone)
}

func (s *Server) freeSlots(from, until time.Time, except int64) []time.Time {
	var free []time.Time
	for day := from.Truncate(24 * time.Hour); day.Before(until); day = day.AddDate(0, 0, 1) {
		for _, slot := range s.slotsOf(day) {
			future := slot.After(s.now()) || s.is(VariantSlotSpan, "past-included")
			if future && !slot.Before(from) && slot.Before(until) && !s.full(slot, except) {
				free = append(free, slot.UTC())
			}
		}
	}
	return free
}

func (s *Server) slotList(c call, slots []time.Time, zone *time.Location) reply {
	if len(slots) == 0 && s.is(VariantNoSlots, "error") {
		return s.failure(c, textNoSlots)
	}
	if len(slots) == 0 && s.is(VariantNoSlots, "null") {
		return s.success(c, nil)
	}
	rows := make([]object, len(slots))
	for i, slot := range slots {
		rows[i] = s.slotRow(slot, zone)
	}
	return s.success(c, rows)
}

func (s *Server) slotRow(slot time.Time, zone *time.Location) object {
	row := object{{"start_date", slot.Format(wireTime)}}
	switch s.playing[VariantLocalStartDate] {
	case "false-z":
		row = append(row, member{"local_start_date", slot.In(zone).Format("2006-01-02T15:04:05") + "Z"})
	case "equal":
		row = append(row, member{"local_start_date", slot.Format(wireTime)})
	case "missing":
	default:
		row = append(row, member{"local_start_date", slot.In(zone).Format(time.RFC3339)})
	}
	premium := 0
	if slot.Sub(s.now()) < noticeOfFee {
		premium = 5
	}
	return append(row, object{{"fee", 30}, {"fee_premium", premium}, {"fee_discount", 0}}...)
}
