package proctoru

import (
	"net/url"
	"time"
)

// timeLayout is the one form in which the client sends an instant.
const timeLayout = "2006-01-02T15:04:05Z"

// wireTime is an instant on its way out: UTC, whole seconds, Z. A bare
// time.Time would go out with the offset of its own zone.
type wireTime time.Time

// EncodeValues implements the Encoder of go-querystring.
func (t wireTime) EncodeValues(key string, v *url.Values) error {
	v.Set(key, t.text())
	return nil
}

func (t wireTime) text() string { return time.Time(t).UTC().Format(timeLayout) }

// IsZero lets omitempty leave it out.
func (t wireTime) IsZero() bool { return time.Time(t).IsZero() }

// wireFlag is Y, N, or "" for not sent. A bare bool would go out as "true".
type wireFlag string

func yesOrNo(b bool) wireFlag {
	if b {
		return "Y"
	}
	return "N"
}

func yesOrNothing(b bool) wireFlag {
	if b {
		return "Y"
	}
	return ""
}

func minutes(d time.Duration) int { return int(d / time.Minute) }

// form is a form under way. All its values lie in one array.
type form struct {
	values url.Values
	texts  []string
}

// newForm returns a form with room for so many fields.
func newForm(fields int) *form {
	return &form{values: make(url.Values, fields), texts: make([]string, 0, fields)}
}

func (f *form) set(name, value string) {
	f.texts = append(f.texts, value)
	n := len(f.texts)
	f.values[name] = f.texts[n-1 : n : n]
}

// add is set for what omitempty leaves out if it is empty.
func (f *form) add(name, value string) {
	if value != "" {
		f.set(name, value)
	}
}
