package proctorutest

import (
	"slices"
	"strconv"
	"time"
)

const (
	slotStep    = 15 * time.Minute
	noticeOfFee = 72 * time.Hour // sooner than that there is a premium
	// onDemandSpan is how far sessions on demand reach; invented.
	onDemandSpan = 2 * time.Hour
)

// slotBook says which slots there are, and how many learners each can take.
type slotBook struct {
	offered  func(day time.Time) []time.Time // nil: defaultSlots
	capacity map[int64]int                   // by Unix time; absent is unlimited
}

// defaultSlots are all quarter hours of the UTC day but three, which somebody else has.
func defaultSlots(day time.Time) []time.Time {
	var slots []time.Time
	for at := day; at.Before(day.AddDate(0, 0, 1)); at = at.Add(slotStep) {
		if at.Minute() != 45 || at.Hour()%8 != 3 {
			slots = append(slots, at)
		}
	}
	return slots
}

// SetSlots makes the fake offer the starts that offered returns for a day, which
// is given as its midnight in UTC. Nil restores the default: every quarter hour
// but 03:45, 11:45 and 19:45 UTC.
func (p *Server) SetSlots(offered func(day time.Time) []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots.offered = offered
}

// SetSlotCapacity makes the slot full when n active reservations start then. A
// full slot is not offered, and answers OVERLAP. A negative n removes the limit.
func (p *Server) SetSlotCapacity(start time.Time, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n < 0 {
		delete(p.slots.capacity, start.Unix())
		return
	}
	p.slots.capacity[start.Unix()] = n
}

// BlockSlot takes the slot away, as if others had booked it up.
func (p *Server) BlockSlot(start time.Time) { p.SetSlotCapacity(start, 0) }

// FreeSlot gives a blocked slot back.
func (p *Server) FreeSlot(start time.Time) { p.SetSlotCapacity(start, -1) }

// full reports whether the slot is taken, leaving one reservation out of account.
func (p *Server) full(start time.Time, except int64) bool {
	capacity, limited := p.slots.capacity[start.Unix()]
	if !limited {
		return false
	}
	taken := 0
	for _, r := range p.reservations {
		if r.number != except && r.start.Equal(start) && r.active(p.now()) {
			taken++
		}
	}
	return taken >= capacity
}

// offers reports whether a session can start then. Times on a quarter hour are
// taken even if the list does not show them, unless the slot is full.
func (p *Server) offers(start time.Time, except int64) bool {
	switch p.playing[VariantUnofferedSlot] {
	case "any-minute":
		return true
	case "unknown-text":
		return p.isListed(start) && !p.full(start, except)
	}
	return start.Equal(start.Truncate(slotStep)) && !p.full(start, except)
}

func (p *Server) isListed(start time.Time) bool {
	for _, slot := range p.slotsOf(start.Truncate(24 * time.Hour)) {
		if slot.Equal(start) {
			return true
		}
	}
	return false
}

func (p *Server) slotsOf(day time.Time) []time.Time {
	if p.slots.offered != nil {
		return p.slots.offered(day)
	}
	return defaultSlots(day)
}

// getSlots lists the free slots from start_date to the end of that day.
func (p *Server) getSlots(c call) reply {
	required := []string{"time_zone_id", "start_date", "duration"}
	if !c.flag("isadhoc") {
		required = append(required, "student_id", "exam_id")
	}
	if refused, ok := p.checkFields(c, required); !ok {
		return refused
	}
	zone, known := p.zone(c.params["time_zone_id"])
	from, isTime := parseTime(c.params["start_date"])
	minutes, err := strconv.Atoi(c.params["duration"])
	switch {
	case !known:
		return p.failure(c, textZone)
	case !isTime:
		return p.failure(c, "start_date invalid") // invented
	case err != nil || minutes <= 0:
		return p.failure(c, "duration invalid") // invented
	}
	wanted, text := p.slotsWanted(c)
	if text != "" {
		return p.failure(c, text)
	}
	until := p.spanEnd(from, zone)
	if !until.After(p.now()) && !p.is(VariantSlotSpan, "past-included") {
		return p.failure(c, textPast)
	}
	if soon := p.now().Add(onDemandSpan); c.flag("takeitnow") && until.After(soon) {
		until = soon
	}
	number, _ := c.number()
	free := slices.DeleteFunc(p.freeSlots(from, until, number), func(slot time.Time) bool { return !wanted(slot) })
	return p.slotList(c, free, zone)
}

// slotsWanted says which slots serve: those of the exam's window, where there is one.
func (p *Server) slotsWanted(c call) (wanted func(time.Time) bool, text string) {
	if c.flag("isadhoc") {
		return func(time.Time) bool { return true }, ""
	}
	if p.learners[c.params["student_id"]] == nil {
		return nil, textNoStudent
	}
	e := p.exams[c.params["exam_id"]]
	if e == nil || e.Inactive {
		return nil, textNoExam
	}
	return e.fits, ""
}

func (p *Server) spanEnd(from time.Time, zone *time.Location) time.Time {
	switch p.playing[VariantSlotSpan] {
	case "24h":
		return from.Add(24 * time.Hour)
	case "several-days":
		return from.AddDate(0, 0, 3)
	}
	year, month, day := from.In(zone).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, zone)
}

func (p *Server) freeSlots(from, until time.Time, except int64) []time.Time {
	var free []time.Time
	for day := from.Truncate(24 * time.Hour); day.Before(until); day = day.AddDate(0, 0, 1) {
		for _, slot := range p.slotsOf(day) {
			future := slot.After(p.now()) || p.is(VariantSlotSpan, "past-included")
			if future && !slot.Before(from) && slot.Before(until) && !p.full(slot, except) {
				free = append(free, slot.UTC())
			}
		}
	}
	return free
}

func (p *Server) slotList(c call, slots []time.Time, zone *time.Location) reply {
	if len(slots) == 0 && p.is(VariantNoSlots, "error") {
		return p.failure(c, textNoSlots)
	}
	if len(slots) == 0 && p.is(VariantNoSlots, "null") {
		return p.success(c, nil)
	}
	rows := make([]object, len(slots))
	for i, slot := range slots {
		rows[i] = p.slotRow(slot, zone)
	}
	return p.success(c, rows)
}

func (p *Server) slotRow(slot time.Time, zone *time.Location) object {
	row := object{{"start_date", slot.Format(wireTime)}}
	switch p.playing[VariantLocalStartDate] {
	case "false-z":
		row = append(row, member{"local_start_date", slot.In(zone).Format("2006-01-02T15:04:05") + "Z"})
	case "equal":
		row = append(row, member{"local_start_date", slot.Format(wireTime)})
	case "missing":
	default:
		row = append(row, member{"local_start_date", slot.In(zone).Format(time.RFC3339)})
	}
	premium := 0
	if slot.Sub(p.now()) < noticeOfFee {
		premium = 5
	}
	return append(row, object{{"fee", 30}, {"fee_premium", premium}, {"fee_discount", 0}}...)
}
