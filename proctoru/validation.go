package proctoru

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/typed"
)

// validation collects what is wrong with one request.
type validation struct {
	op     string
	fields []proctorbook.FieldError
	causes []error
}

// invalid returns the error of one wrong field.
func invalid(op, field, problem string) error {
	v := validation{op: op}
	v.add(field, problem)
	return v.err()
}

func (v *validation) err() error {
	if len(v.fields) == 0 {
		return nil
	}
	return &proctorbook.ValidationError{Op: "proctoru: " + v.op, Fields: v.fields, Cause: errors.Join(v.causes...)}
}

func (v *validation) add(field, problem string) {
	v.fields = append(v.fields, proctorbook.FieldError{Field: field, Problem: problem})
}

func (v *validation) check(field string, ok bool, problem string) {
	if !ok {
		v.add(field, problem)
	}
}

// required checks a one-line text that must be there, and be seen; limit counts
// characters, 0 = none.
func (v *validation) required(field, value string, limit int) {
	if !isVisible(value) && utf8.ValidString(value) {
		v.add(field, "is required")
		return
	}
	v.line(field, value, limit)
}

// isVisible is typed.Visible, which takes its time, for most texts at a glance.
func isVisible(value string) bool {
	return isPrintable(value) && value[0] != ' ' || typed.Visible(value)
}

// isPrintable reports whether a text is not empty and has printable ASCII alone.
func isPrintable(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	return value != ""
}

// line checks a text without control characters.
func (v *validation) line(field, value string, limit int) {
	v.clean(field, value, limit, unicode.IsControl)
}

// lines checks a text that may hold line feeds and tabs.
func (v *validation) lines(field, value string) {
	v.clean(field, value, 0, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

func (v *validation) clean(field, value string, limit int, refused func(rune) bool) {
	switch n := utf8.RuneCountInString(value); {
	case isPrintable(value) && (limit == 0 || n <= limit):
	case !utf8.ValidString(value):
		v.add(field, "is not valid UTF-8")
	case strings.ContainsFunc(value, refused):
		v.add(field, "holds a control character")
	case strings.ContainsFunc(value, typed.IsOverride):
		v.add(field, "holds a sign that turns the direction of text")
	case limit > 0 && n > limit:
		v.add(field, fmt.Sprintf("has %d characters, at most %d are allowed", n, limit))
	}
}

func isReservationID(id string) bool {
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return 1 <= len(id) && len(id) <= 50
}

func (v *validation) reservationID(field, id string) {
	v.check(field, isReservationID(id), "must have 1 to 50 characters of A-Z, a-z, 0-9, dot, underscore and hyphen")
}

func (v *validation) number(field string, n ReservationNo) {
	if n == "" {
		v.add(field, "is required")
		return
	}
	v.optionalNumber(field, n)
}

func (v *validation) optionalNumber(field string, n ReservationNo) {
	parsed, err := ParseReservationNo(string(n))
	v.check(field, err == nil && parsed == n && len(n) <= 40, "must have 1 to 40 decimal digits without leading zeros")
}

// zone checks the id of a time zone. Which ids there are the provider decides: its
// list has some that CLDR does not know. IANA names are told from ids by their slash.
func (v *validation) zone(field, id string) {
	switch {
	case strings.Contains(id, "/"):
		v.add(field, "is not the id of a time zone, such as Romance Standard Time: translate an IANA name by ZoneName")
		v.causes = append(v.causes, ErrUnknownZone)
	case isVisible(id) && strings.TrimSpace(id) != id:
		v.add(field, "must not begin or end with a space")
	default:
		v.required(field, id, maxZoneID)
	}
}

// optional checks a text that may be left out. A blank one may not be sent: the
// provider could take it for a new value, and erase what is saved.
func (v *validation) optional(field, value string, limit int) {
	if value != "" && !isVisible(value) && utf8.ValidString(value) {
		v.add(field, "is blank: leave it out")
		return
	}
	v.line(field, value, limit)
}

// optionalZone checks the id of a time zone that may be left out, but not be blank.
func (v *validation) optionalZone(field, id string) {
	if !typed.Visible(id) {
		v.optional(field, id, maxZoneID)
		return
	}
	v.zone(field, id)
}

func (v *validation) instant(field string, t time.Time) {
	switch {
	case t.IsZero():
		v.add(field, "is required")
	case t.Nanosecond() != 0:
		v.add(field, "must be whole seconds")
	case t.UTC().Year() < 2000 || t.UTC().Year() > 9999:
		v.add(field, "must lie in the years 2000 to 9999")
	}
}

// start checks the start of a session against the clock.
func (v *validation) start(field string, t, now time.Time, takeItNow bool) {
	v.instant(field, t)
	if !t.IsZero() && !takeItNow && t.Before(now) {
		v.add(field, "lies in the past")
		v.causes = append(v.causes, ErrStartInPast)
	}
}

func (v *validation) duration(field string, d time.Duration) {
	ok := d >= time.Minute && d <= 24*time.Hour && d%time.Minute == 0
	v.check(field, ok, "must be whole minutes, 1 to 1440")
}

func (v *validation) choice(field string, c Choice) {
	v.check(field, c == ChoiceDefault || c == ChoiceYes || c == ChoiceNo, "must be ChoiceDefault, ChoiceYes or ChoiceNo")
}

// url checks an address at which the provider's people look: http is allowed.
func (v *validation) url(field, raw string) {
	if raw == "" {
		return
	}
	ok := false
	if u, err := url.Parse(raw); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		_, _, ok = hostName(u)
	}
	v.check(field, ok, "must be an http or https URL with a host name (a foreign alphabet in its xn-- form) and without user info")
	v.line(field, raw, 0)
}

// returnURL checks where a learner is sent: https, and to a host that is allowed.
func (v *validation) returnURL(field, raw string, hosts []string) {
	if raw == "" {
		return
	}
	u, err := url.Parse(raw)
	if err != nil || !isPlainURL(raw) {
		u = &url.URL{}
	}
	host, _, ok := hostName(u)
	switch {
	case !(ok && u.Scheme == "https") && !(isLoopback(u) && (u.Scheme == "https" || u.Scheme == "http")):
		v.add(field, "must be an https URL with a host name, without user info, spaces and backslashes")
	case hosts != nil && !isWithin(host, hosts):
		v.add(field, "leads to a host that WithReturnHosts does not allow")
	}
}

func (v *validation) email(field, address string) {
	v.required(field, address, maxEmail)
	v.check(field, address == "" || isEmail(address), "must look like name@example.org")
}

// optionalWindow checks two instants of which each may be left out.
func (v *validation) optionalWindow(start, end time.Time) {
	switch {
	case !start.IsZero() && !end.IsZero():
		v.window(start, end)
	case !start.IsZero():
		v.instant("Start", start)
	case !end.IsZero():
		v.instant("End", end)
	}
}

// window checks two instants of which the second is the later one.
func (v *validation) window(start, end time.Time) {
	v.instant("Start", start)
	v.instant("End", end)
	v.check("End", end.After(start), "must lie after Start")
}

func (v *validation) preset(field, level string) {
	v.check(field, level == "" || level == "low" || level == "medium" || level == "high", "must be low, medium or high")
}

func (v *validation) resources(field string, all []string) {
	for _, r := range all {
		v.check(field, !strings.Contains(r, ","), "must not hold a comma")
		v.required(field, r, 0)
	}
}

func (v *validation) instructors(all []Instructor) {
	for _, i := range all {
		v.required("Instructors.FirstName", i.FirstName, maxName)
		v.required("Instructors.LastName", i.LastName, maxName)
		v.email("Instructors.Email", i.Email)
	}
}

// page checks a page that learners may open.
func (v *validation) page(field, raw string) {
	v.check(field, raw != "" && isPlainURL(raw) && !strings.Contains(raw, `"`), "must be a URL without spaces, quotes and backslashes")
	v.url(field, raw)
}

func (v *validation) digits(field, value string) {
	v.check(field, value == "" || isDigits(value), "must be a number")
}

func isCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func isEmail(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	return ok && name != "" && host != "" && !strings.ContainsAny(host, "@") && !strings.ContainsAny(s, " \t,;<>")
}

func isPhone(s string) bool {
	return strings.Trim(s, "0123456789+(). -") == "" && strings.ContainsAny(s, "0123456789")
}

// Lengths in characters, as far as the service is known to take them.
const (
	maxStudentID   = 50
	maxName        = 50
	maxEmail       = 50
	maxAddress     = 100
	maxCity        = 50
	maxPhone       = 15
	maxZoneID      = 60
	maxDescription = 255
)
