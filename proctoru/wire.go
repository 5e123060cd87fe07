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

// form is a form under way, encoded. The names of its fields need no escaping.
type form []byte

func (f *form) set(name, value string) {
	if len(*f) > 0 {
		*f = append(*f, '&')
	}
	*f = append(append(append(*f, name...), '='), url.QueryEscape(value)...)
}

// add is set for what omitempty leaves out if it is empty.
func (f *form) add(name, value string) {
	if value != "" {
		f.set(name, value)
	}
}
