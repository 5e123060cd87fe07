package ical

import (
	"errors"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// zone writes the VTIMEZONE: what clocks show from some time before start until
// end. It lists the single changes instead of a yearly rule. That is right for
// every zone, also where the changes follow the moon, and one event needs no
// more.
func (w *writer) zone(zone *time.Location, start, end time.Time) {
	w.line("BEGIN", "", "VTIMEZONE")
	w.line("TZID", "", zone.String())
	// Begin at the change before the last one: then most zones show both of
	// their offsets, which some programs want.
	at := lastChange(zone, lastChange(zone, start).Add(-time.Second))
	for w.observance(zone, at); ; w.observance(zone, at) {
		_, at = at.In(zone).ZoneBounds()
		if at.IsZero() || at.After(end) {
			break
		}
	}
	w.line("END", "", "VTIMEZONE")
}

// epoch stands for the last change of a zone whose clocks have not changed since.
var epoch = time.Unix(0, 0)

// lastChange returns the last change up to the given instant.
func lastChange(zone *time.Location, until time.Time) time.Time {
	from, _ := until.In(zone).ZoneBounds()
	if from.Before(epoch) {
		return epoch
	}
	return from
}

// observance writes what clocks show from the change at on.
func (w *writer) observance(zone *time.Location, at time.Time) {
	kind := "STANDARD"
	if at.In(zone).IsDST() {
		kind = "DAYLIGHT"
	}
	before := offsetAt(at.Add(-time.Second), zone)
	name, offset := at.In(zone).Zone()
	// The onset is written in the wall-clock time before the change.
	onset := at.UTC().Add(time.Duration(before) * time.Second)
	w.line("BEGIN", "", kind)
	w.line("DTSTART", "", onset.Format(wallForm))
	w.line("TZOFFSETFROM", "", offsetText(before))
	w.line("TZOFFSETTO", "", offsetText(offset))
	w.text("TZNAME", name)
	w.line("END", "", kind)
}

func offsetAt(at time.Time, zone *time.Location) int {
	_, offset := at.In(zone).Zone()
	return offset
}

// offsetText writes seconds east of UTC as +HHMM, with seconds only if there are any.
func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if s := seconds % 60; s != 0 {
		text += fmt.Sprintf("%02d", s)
	}
	return text
}

// twice reports whether clocks in the zone show the time of at twice.
func twice(at time.Time, zone *time.Location) bool {
	t := at.In(zone)
	_, err := proctoru.WallTime(zone, t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute())
	_, ambiguous := errors.AsType[*proctoru.AmbiguousTimeError](err)
	return ambiguous
}
