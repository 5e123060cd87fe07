package scheduling

import (
	"cmp"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/internal/days"
)

// Date is a day of the calendar, without a time and without a zone: 3 December is
// another stretch of time in Los Angeles than in Tokyo. The zone comes from where the
// Date is used; in a [SlotQuery] it is the learner's. The zero Date is no day. In JSON
// and other texts it is "2026-12-03".
type Date struct {
	Year  int        // such as 2026
	Month time.Month // 1 to 12
	Day   int        // of the month, 1 to 31
}

// ParseDate reads a day as HTML forms and ISO 8601 write it, such as 2026-12-03. It
// fails with [*proctorbook.ValidationError] for anything else, also for a day with a
// time or a zone, and for 30 February.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() == 0 {
		return Date{}, inMethod("ParseDate", invalid("date", notADay, nil))
	}
	return DateOf(t, time.UTC), nil
}

// notADay is what is wrong with the text, or the fields, of a day.
const notADay = "must be a day of the calendar, such as 2026-12-03, without a time"

// DateOf returns the day that a calendar in the zone shows at the instant, in whatever
// zone t is given. Like [time.Time.In] it panics if zone is nil.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Date{y, m, d}
}

// Start returns the first instant of the day in the zone, which is not midnight where a
// clock change skips that. Use it where instants are asked for, as in a [Filter] or by
// [Scheduler.ReadReport]: a day lasts from d.Start(zone) until d.AddDays(1).Start(zone).
// It panics if zone is nil.
func (d Date) Start(zone *time.Location) time.Time {
	return days.Start(time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone))
}

// AddDays returns the day that is n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n), time.UTC) }

// Compare returns -1 if d is before other, +1 if it is after it, and 0 if they are equal.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// IsZero reports whether d is the zero Date.
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether the calendar has the day. The zero Date is not valid.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Year <= 9999 && DateOf(d.utc(), time.UTC) == d
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String returns the day as 2026-12-03, and "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText writes what String returns. It fails with [*proctorbook.ValidationError]
// for a day that the calendar does not have.
func (d Date) MarshalText() ([]byte, error) {
	if !d.IsZero() && !d.Valid() {
		return nil, inMethod("Date.MarshalText", invalid("date", notADay, nil))
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what [ParseDate] does, and the empty text as the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}
