package scheduling

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
)

type examJSON struct {
	Course       edx.CourseKey `json:"course"`
	Usage        edx.UsageKey  `json:"usage"`
	Name         string        `json:"name"`
	Description  string        `json:"description,omitempty"`
	ProctorNotes string        `json:"proctor_notes,omitempty"`
	Window       struct {
		Start string `json:"start"`
		End   string `json:"end"`
	} `json:"window"`
	Zone     string       `json:"zone"`
	Duration textDuration `json:"duration"`
	Modes    []edx.Mode   `json:"modes,omitempty"`
	Code     CodeRule     `json:"code,omitempty"`
	CodeVia  CodeVia      `json:"code_via,omitempty"`
	Policy   policyJSON   `json:"policy"`
}

// textDuration is a duration written as "1h30m".
type textDuration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d textDuration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *textDuration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New("scheduling: a duration must be written like 90m or 1h30m")
	}
	*d = textDuration(v)
	return nil
}

// MarshalJSON implements json.Marshaler; the form is described at [Exam].
func (e Exam) MarshalJSON() ([]byte, error) {
	j := examJSON{
		Course: e.Course, Usage: e.Usage, Name: e.Name, Description: e.Description, ProctorNotes: e.ProctorNotes,
		Duration: textDuration(e.Duration), Modes: e.Modes, Code: e.Code, CodeVia: e.CodeVia,
		Policy: e.Policy.json(),
	}
	j.Window.Start = e.Window.Start.UTC().Format(time.RFC3339Nano)
	j.Window.End = e.Window.End.UTC().Format(time.RFC3339Nano)
	if e.Zone != nil {
		j.Zone = e.Zone.String()
	}
	return json.Marshal(j)
}

// UnmarshalJSON refuses unknown members and zones, and wall-clock times that the zone
// skips or repeats, with a [*proctorbook.ValidationError] of all that is wrong.
func (e *Exam) UnmarshalJSON(data []byte) error {
	var j examJSON
	bad := readMembers(data, "exam", "", j.members())
	read := j.exam(&bad)
	if len(bad) > 0 {
		bad.addOthers(read.Validate())
		return &proctorbook.ValidationError{Op: opPackage + ": exam", Fields: bad}
	}
	*e = read
	return nil
}

// exam returns the exam, as far as it can be read.
func (j *examJSON) exam(bad *problems) Exam {
	zone, err := proctoru.LoadZone(j.Zone)
	switch {
	case err == nil || bad.has("zone"):
	case j.Zone == "":
		bad.add("zone", "is missing: name the exam office's zone, such as Europe/Paris")
	case errors.Is(err, proctoru.ErrUnknownZone):
		bad.add("zone", "is not an IANA zone name such as Europe/Paris")
	default:
		bad.add("zone", "is a zone that this machine has no data of: update them, or import time/tzdata")
	}
	if zone == nil {
		zone = time.UTC // only to find out whether the times can be read
	}
	return j.inZone(zone, bad)
}

// inZone returns the exam, with the times in that zone.
func (j *examJSON) inZone(zone *time.Location, bad *problems) Exam {
	e := Exam{
		Course: j.Course, Usage: j.Usage, Name: j.Name, Description: j.Description, ProctorNotes: j.ProctorNotes,
		Zone: zone, Duration: time.Duration(j.Duration), Modes: j.Modes, Code: j.Code, CodeVia: j.CodeVia, Policy: j.Policy.policy(),
	}
	for _, end := range []struct {
		field, text string
		to          *time.Time
	}{{"window.start", j.Window.Start, &e.Window.Start}, {"window.end", j.Window.End, &e.Window.End}} {
		at, problem := examTime(end.text, zone)
		if problem != "" && !bad.has(end.field) && !bad.has("window") {
			bad.add(end.field, problem)
		}
		*end.to = at
	}
	return e
}

func (p problems) has(field string) bool {
	return slices.ContainsFunc(p, func(f proctorbook.FieldError) bool { return f.Field == field })
}

// addOthers adds what Validate finds in an exam that could be read only in part: all
// but what follows from the parts that could not.
func (p *problems) addOthers(err error) {
	more, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok {
		return
	}
	unread := slices.Clone(*p)
	for _, f := range more.Fields {
		name := jsonName(f.Field)
		parts := strings.Split(name, ".")
		if unread.has(name) || unread.has(parts[0]) || unread.has("exam") || parts[0] == "window" && unread.has("zone") {
			continue
		}
		p.add(name, f.Problem)
	}
}

// jsonName returns the JSON name of a field: policy.late_fee for Exam.Policy.LateFee.
func jsonName(field string) string {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(field, "Exam.") {
		if unicode.IsUpper(r) && i > 0 && !strings.HasSuffix(b.String(), ".") {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// member is one member of a JSON object that somebody may have written by hand.
type member struct {
	name string
	to   any      // where it goes
	must string   // what it must be
	in   []member // if it is an object: its own members
}

const aText, aDuration, aNumber = "a text", "a duration such as 90m or 1h30m", "a whole number"

func (j *examJSON) members() []member {
	return []member{
		{name: "course", to: &j.Course, must: "a course key such as course-v1:Org+Course+Run"},
		{name: "usage", to: &j.Usage, must: "the key of a subsection such as block-v1:Org+Course+Run+type@sequential+block@final"},
		{name: "name", to: &j.Name, must: aText}, {name: "description", to: &j.Description, must: aText},
		{name: "proctor_notes", to: &j.ProctorNotes, must: aText},
		{name: "window", in: []member{{name: "start", to: &j.Window.Start, must: aText}, {name: "end", to: &j.Window.End, must: aText}}},
		{name: "zone", to: &j.Zone, must: aText}, {name: "duration", to: &j.Duration, must: aDuration},
		{name: "modes", to: &j.Modes, must: "a list of texts"}, {name: "code", to: &j.Code, must: aText},
		{name: "code_via", to: &j.CodeVia, must: aText}, {name: "policy", in: j.Policy.members()},
	}
}

func (j *policyJSON) members() []member {
	return []member{
		{name: "notice", to: &j.Notice, must: aDuration}, {name: "start_lead", to: &j.StartLead, must: aDuration},
		{name: "move_until", to: &j.MoveUntil, must: aDuration}, {name: "cancel_until", to: &j.CancelUntil, must: aDuration},
		{name: "no_show_after", to: &j.NoShowAfter, must: aDuration}, {name: "seen_within", to: &j.SeenWithin, must: aDuration},
		{name: "overdue_after", to: &j.OverdueAfter, must: aDuration}, {name: "resend_until", to: &j.ResendUntil, must: aDuration},
		{name: "max_moves", to: &j.MaxMoves, must: aNumber}, {name: "max_bookings", to: &j.MaxBookings, must: aNumber},
		{name: "sittings", to: &j.Sittings, must: aNumber}, {name: "late_within", to: &j.LateWithin, must: aDuration},
		{name: "late_fee", to: &j.LateFee, must: "an amount as a text, such as \"25.00\""}, {name: "auto_finish", to: &j.AutoFinish, must: "true or false"},
	}
}

// readMembers reads a JSON object, and returns all that is wrong with it. A member
// that is not in the list is: most likely somebody mistyped the name of a rule.
func readMembers(data []byte, object, prefix string, members []member) problems {
	var found map[string]json.RawMessage
	if err := json.Unmarshal(data, &found); err != nil {
		return problems{{Field: object, Problem: "must be an object"}}
	}
	byName := map[string]json.RawMessage{}
	for name, value := range found {
		byName[strings.ToLower(name)] = value
	}
	var bad problems
	for _, m := range members {
		value, ok := byName[m.name]
		delete(byName, m.name)
		switch {
		case !ok:
		case m.to == nil:
			bad = append(bad, readMembers(value, prefix+m.name, prefix+m.name+".", m.in)...)
		case json.Unmarshal(value, m.to) != nil:
			bad.add(prefix+m.name, "must be "+m.must)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		bad.add(prefix+shown.ID(name), "is unknown")
	}
	return bad
}

// examTime reads an instant, or a wall-clock time in zone. It returns what is wrong
// with the text, or "".
func examTime(text string, zone *time.Location) (at time.Time, problem string) {
	if text == "" {
		return time.Time{}, "is missing"
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), ""
	}
	wall, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		wall, err = time.Parse("2006-01-02T15:04", text)
	}
	if err != nil {
		return time.Time{}, "must look like 2027-01-11T09:00 or 2027-01-11T08:00:00Z"
	}
	t, err := proctoru.WallTime(zone, wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute())
	if err != nil {
		return time.Time{}, "is a time that the zone skips or repeats: add the offset"
	}
	return t.UTC().Add(time.Duration(wall.Second())*time.Second + time.Duration(wall.Nanosecond())), ""
}
