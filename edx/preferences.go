package edx

import (
	"context"
	"time"
)

// PreferencesService reads what learners have set for themselves.
type PreferencesService struct{ client *Client }

// Preferences are a user's own settings.
type Preferences struct {
	TimeZone string            // IANA name, such as "Europe/London"; "" = unset
	Language string            // such as "en"; "" = unset
	All      map[string]string // every preference by its name, those two included
}

type preferencesWire map[string]preferenceValue

// preferenceValue is text in every release read. Anything else is kept as its JSON.
type preferenceValue string

func (v *preferenceValue) UnmarshalJSON(raw []byte) error {
	text, err := scalar(raw)
	if err != nil {
		text = string(raw)
	}
	*v = preferenceValue(text)
	return nil
}

// Get returns all preferences of a user in one call.
//
// It fails with [*ValidationError] before anything is sent, and with
// [ErrNotFound] or [ErrForbidden] if there is no such user or the client is
// neither that user nor global staff.
//
// Endpoint: GET /api/user/v1/preferences/{username}.
func (s *PreferencesService) Get(ctx context.Context, username string) (*Preferences, error) {
	if err := checkUsername(username); err != nil {
		return nil, err
	}
	answer, err := fetch[preferencesWire](ctx, s.client, operation{
		name: "Preferences.Get",
		path: "/api/user/v1/preferences/" + pathPart(username),
	})
	if err != nil {
		return nil, err
	}
	return answer.preferences(), nil
}

func (w preferencesWire) missing() string { return "" }

func (w preferencesWire) preferences() *Preferences {
	p := &Preferences{TimeZone: string(w["time_zone"]), Language: string(w["pref-lang"]), All: map[string]string{}}
	for name, value := range w {
		p.All[name] = string(value)
	}
	return p
}

// Location returns the user's time zone, from the zone data of this machine (a
// program that may run without them imports time/tzdata).
//
// It fails with [ErrNoTimeZone] if the user has set none, and with
// [*ValidationError] if these data don't know it. Ask the user in both cases:
// a guess would put an exam at the wrong hour.
func (p *Preferences) Location() (*time.Location, error) {
	if p.TimeZone == "" {
		return nil, ErrNoTimeZone
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil || p.TimeZone == "Local" {
		return nil, &ValidationError{Field: "time zone", Problem: "must be an IANA name that this machine knows"}
	}
	return zone, nil
}
