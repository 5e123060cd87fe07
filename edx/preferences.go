package edx

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook"
)

// PreferencesService reads what learners have set for themselves.
type PreferencesService struct{ core *core }

const preferencesPath = "/api/user/v1/preferences/"

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
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] or [ErrForbidden] if there is no such user or the client is
// neither that user nor global staff.
//
// Endpoint: GET /api/user/v1/preferences/{username}.
func (s *PreferencesService) Get(ctx context.Context, username string) (*Preferences, error) {
	answer, err := fetch[preferencesWire](ctx, s.core, operation{
		name: "Preferences.Get", input: checkUsername(username),
		path: preferencesPath + pathPart(username),
	})
	if err != nil {
		return nil, err
	}
	return answer.preferences(), nil
}

// UpdatePreferencesParams are the parameters of [PreferencesService.Update].
type UpdatePreferencesParams struct {
	Set    map[string]string // by name, such as time_zone; no value may be empty
	Remove []string          // names
}

// Update changes preferences of the client's own user, all of them or none. The
// platform does not let staff change those of others.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// status 400 and the platform's words in Error.Fields if a value is not valid,
// and with [ErrForbidden] or [ErrNotFound] for another user.
//
// Endpoint: PATCH /api/user/v1/preferences/{username}.
func (s *PreferencesService) Update(ctx context.Context, username string, params UpdatePreferencesParams) error {
	body, wrong := params.body()
	return perform(ctx, s.core, operation{
		name: "Preferences.Update", input: all(checkUsername(username), wrong),
		method: http.MethodPatch, class: proctorbook.IdempotentWrite, patch: true,
		path: preferencesPath + pathPart(username), body: body, refusals: []int{http.StatusBadRequest},
	})
}

// body is a merge patch: null takes a preference away.
func (p UpdatePreferencesParams) body() (body map[string]any, wrong faults) {
	body = map[string]any{}
	for name, value := range p.Set {
		wrong = append(wrong, checkText("preference", value, 10_000)...)
		body[name] = value
	}
	for _, name := range p.Remove {
		if body[name] != nil {
			wrong = append(wrong, invalid("preference", "must not be set and removed at once")...)
		}
		body[name] = nil
	}
	for name := range body {
		wrong = append(wrong, checkText("name of a preference", name, maxKeyChars)...)
	}
	if len(body) == 0 {
		wrong = invalid("params", "must change something")
	}
	return body, wrong
}

// TimeZone is one that a learner can choose.
type TimeZone struct {
	Name        string    // IANA name, such as "Europe/London"
	Description string    // with the offset of today, such as "Europe/London (GMT, UTC+0000)"
	Problem     *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type timeZoneWire struct {
	row
	Name        textValue `json:"time_zone"`
	Description textValue `json:"description"`
}

// TimeZones returns the time zones of a country (ISO 3166-1 alpha-2, such as
// "GB"), or all of them if country is empty.
//
// It fails with [*proctorbook.ValidationError] before anything is sent.
//
// Endpoint: GET /api/user/v1/preferences/time_zones/.
func (s *PreferencesService) TimeZones(ctx context.Context, country string) ([]TimeZone, error) {
	op := operation{name: "Preferences.TimeZones", path: preferencesPath + "time_zones/", query: url.Values{}}
	if country != "" && !isCountry(country) {
		op.input = invalid("country", "must be two capital letters, such as GB")
	}
	setText(op.query, "country_code", country)
	return fetchList(ctx, s.core, op, func(w timeZoneWire) TimeZone {
		return TimeZone{Name: string(w.Name), Description: string(w.Description), Problem: w.problem}
	})
}

func isCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

func (w timeZoneWire) missing() string {
	if w.Name == "" {
		return "time_zone"
	}
	return ""
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
// [*proctorbook.ValidationError] if these data don't know it. Ask the user in
// both cases: a guess would put an exam at the wrong hour.
func (p *Preferences) Location() (*time.Location, error) {
	if p.TimeZone == "" {
		return nil, ErrNoTimeZone
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil || p.TimeZone == "Local" {
		return nil, invalid("time zone", "must be an IANA name that this machine knows").refuse("Preferences.Location")
	}
	return zone, nil
}
