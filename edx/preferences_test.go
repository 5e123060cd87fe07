package edx_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

func TestPreferencesGet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body     string
		zone     string
		language string
		all      map[string]string
	}{
		"all set": {
			wire(t, "preferences.json"), "Europe/London", "en",
			map[string]string{"pref-lang": "en", "time_zone": "Europe/London", "account_privacy": "private"},
		},
		"nothing set": {`{}`, "", "", map[string]string{}},
		"not text": {
			`{"time_zone":null,"n":1,"b":true,"o":{"a":[1]}}`, "", "",
			map[string]string{"time_zone": "", "n": "1", "b": "true", "o": `{"a":[1]}`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(preferenceRoute, tt.body)
			got, err := p.client(t).Preferences.Get(t.Context(), username)
			if err != nil {
				t.Fatal(err)
			}
			if got.TimeZone != tt.zone || got.Language != tt.language || !maps.Equal(got.All, tt.all) {
				t.Errorf("Get = %+v, want zone %q, language %q, all %v", got, tt.zone, tt.language, tt.all)
			}
		})
	}
}

func TestPreferencesLocation(t *testing.T) {
	t.Parallel()
	zone, err := (&edx.Preferences{TimeZone: "Europe/London"}).Location()
	if err != nil || zone.String() != "Europe/London" {
		t.Errorf("Location = %v, %v, want Europe/London", zone, err)
	}
	if _, err := new(edx.Preferences).Location(); !errors.Is(err, edx.ErrNoTimeZone) {
		t.Errorf("Location of none: error = %v, want ErrNoTimeZone", err)
	}
	for _, name := range []string{"Atlantis/Capital", "Local", "../etc/passwd"} {
		_, err := (&edx.Preferences{TimeZone: name}).Location()
		if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok {
			t.Errorf("Location of %q: error = %v, want a ValidationError", name, err)
		}
	}
}
