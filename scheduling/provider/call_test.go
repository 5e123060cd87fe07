package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// What is handed to a provider prints without personal data and without the code.
func TestCallPrintsNothing(t *testing.T) {
	t.Parallel()
	c := provider.Call{ReservationID: "pb-1", Learner: provider.Person{ID: "4211", GivenName: "Ada"}, Notes: "Unlock code: ABCDE", Code: "FGHIJ"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		text := fmt.Sprintf(verb+verb+verb, c, &c, c.Learner)
		for _, secret := range []string{"Ada", "ABCDE", "FGHIJ"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s prints %q: %s", verb, secret, text)
			}
		}
		for _, id := range []string{"pb-1", "4211"} {
			if !strings.Contains(text, id) {
				t.Errorf("%s does not print %s: %s", verb, id, text)
			}
		}
	}
}

// Each field that the provider needs is named in the words of a profile.
func TestPersonIncomplete(t *testing.T) {
	t.Parallel()
	ada := provider.Person{ID: "4211", Email: "ada@example.org", GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR", Zone: "Europe/Paris"}
	for name, c := range map[string]struct {
		change func(*provider.Person)
		want   []string
	}{
		"complete":             {func(*provider.Person) {}, nil},
		"no family name":       {func(p *provider.Person) { p.FamilyName = "" }, []string{"family_name"}},
		"no zone":              {func(p *provider.Person) { p.Zone = "" }, []string{"zone"}},
		"an unknown zone":      {func(p *provider.Person) { p.Zone = "Mars/Olympus" }, []string{"zone"}},
		"no phone, no country": {func(p *provider.Person) { p.Phone, p.Country = "", "" }, []string{"country", "phone"}},
		"an address in the US": {func(p *provider.Person) { p.Country = "US" }, []string{"address", "city", "postal_code", "state"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := ada
			c.change(&p)
			if got := slices.Sorted(slices.Values(p.Incomplete())); !slices.Equal(got, c.want) {
				t.Errorf("Incomplete = %q, want %q", got, c.want)
			}
		})
	}
}
