package scheduling

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/internal/typed"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// LearnerID identifies a learner. It is also the provider's student_id, less a
// [provider.ProctorU].StudentPrefix. It never
// changes and is not personal. With Open edX it is the user's number.
type LearnerID string

// Learner is what the store keeps of a person: the platform's account and the
// profile that the learner filled in. It prints without personal data.
type Learner struct {
	ID        LearnerID `json:"id"`                 // the key of the record
	Version   int64     `json:"version"`            // set by the store: 1 for the first record, then one more each time
	UpdatedAt time.Time `json:"updated_at"`         // last change of the data; UTC
	Username  string    `json:"username,omitempty"` // on the platform
	Name      string    `json:"name,omitempty"`     // full name on the platform; one string, never split
	Email     string    `json:"email,omitempty"`    // mail address on the platform
	Zone      string    `json:"zone,omitempty"`     // IANA name of the learner's zone on the platform; "" if it has none
	Profile   Profile   `json:"profile,omitzero"`   // what the learner filled in
	Sync      Sync      `json:"sync,omitzero"`      // whether the provider has these data

	// Accommodations are what staff granted the learner, at most one for each exam.
	Accommodations []GrantedAccommodation `json:"accommodations,omitempty"`
}

// Profile is what the provider needs to know, and the platform does not.
type Profile struct {
	GivenName  string `json:"given_name,omitempty"`  // required; at most 50 characters
	FamilyName string `json:"family_name,omitempty"` // required; at most 50 characters
	Phone      string `json:"phone,omitempty"`       // required; "+" and 6 to 14 digits, as dialled from abroad: "+44 (0)20" is refused; what stands between digits is removed
	Country    string `json:"country,omitempty"`     // required; ISO 3166-1 alpha-2, such as FR
	Address    string `json:"address,omitempty"`     // at most 100 characters; required in the US, as are the next three
	City       string `json:"city,omitempty"`        // at most 50 characters
	State      string `json:"state,omitempty"`       // at most 50 characters
	PostalCode string `json:"postal_code,omitempty"` // at most 20 characters; a text: some begin with 0
	Zone       string `json:"zone,omitempty"`        // IANA name; optional: if set, it counts instead of the platform's
	Email      string `json:"email,omitempty"`       // at most 50 characters; optional, likewise: platforms take longer ones
}

// String hides everything but the id.
func (l Learner) String() string {
	return fmt.Sprintf("learner %s version %d", shown.ID(l.ID), l.Version)
}

// Format hides everything but the id, for every verb.
func (l Learner) Format(f fmt.State, _ rune) { fmt.Fprint(f, l.String()) }

// LogValue hides everything but the id.
func (l Learner) LogValue() slog.Value { return slog.StringValue(l.String()) }

// Format hides the profile, for every verb.
func (p Profile) Format(f fmt.State, _ rune) { fmt.Fprint(f, "profile") }

// LogValue hides the profile.
func (p Profile) LogValue() slog.Value { return slog.StringValue("profile") }

// Location returns the learner's zone: the profile's, else the platform's, as
// proctoru.LoadZone has it. It returns edx.ErrNoTimeZone if there is neither: ask the
// learner. [Store].Learner, with version 0, reads the stored record by id.
func (l Learner) Location() (*time.Location, error) {
	name := l.person().Zone
	if name == "" {
		return nil, edx.ErrNoTimeZone
	}
	return proctoru.LoadZone(name)
}

// person returns what is sent to the provider about the learner.
func (l Learner) person() provider.Person {
	p := l.Profile
	return provider.Person{
		ID: string(l.ID), Email: cmp.Or(p.Email, l.Email), GivenName: p.GivenName, FamilyName: p.FamilyName, Phone: p.Phone, Country: p.Country,
		Address: p.Address, City: p.City, State: p.State, PostalCode: p.PostalCode, Zone: cmp.Or(p.Zone, l.Zone),
	}
}

// incomplete returns the names of fields that are missing, or that the provider would refuse.
func (l Learner) incomplete() []string { return l.person().Incomplete() }

// Validate returns nil, or a [*proctorbook.ValidationError] of every wrong field.
func (p Profile) Validate() error { return p.normal().validate() }

func (p Profile) validate() error {
	var v problems
	for _, f := range []struct {
		field, value string
		max          int
		required     bool
	}{
		{"Profile.GivenName", p.GivenName, 50, true}, {"Profile.FamilyName", p.FamilyName, 50, true},
		{"Profile.Address", p.Address, 100, false}, {"Profile.City", p.City, 50, false},
		{"Profile.State", p.State, 50, false}, {"Profile.PostalCode", p.PostalCode, 20, false},
	} {
		there := typed.Visible(f.value)
		v.check(!f.required || there, f.field, "is empty")
		v.check(f.required || there || p.Country != "US", f.field, "is empty, and needed in the US")
		n := utf8.RuneCountInString(f.value)
		v.check(n <= f.max, f.field, fmt.Sprintf("has %d characters; the limit is %d", n, f.max))
		v.line(f.field, f.value)
	}
	problem := phoneProblem(p.Phone)
	v.check(problem == "", "Profile.Phone", problem)
	v.check(validCountry(p.Country), "Profile.Country", "must be an ISO 3166-1 alpha-2 code such as FR")
	if p.Zone != "" {
		v.zone("Profile.Zone", p.Zone)
	}
	refused := slices.Contains(provider.Person{Email: p.Email}.Incomplete(), "email")
	v.check(p.Email == "" || !refused, "Profile.Email", "must look like name@example.org, and have at most 50 characters")
	return v.err()
}

// zone checks that the provider knows a zone, and this machine has its clocks.
func (p *problems) zone(field, name string) {
	_, err := proctoru.ZoneName(name)
	p.check(err == nil, field, "is not an IANA zone name that the provider knows")
	if err == nil {
		_, err = proctoru.LoadZone(name)
		p.check(err == nil, field, "is a zone that this machine has no data of: update them, or import time/tzdata")
	}
}

// line checks what one line of text holds.
func (p *problems) line(field, text string) {
	p.check(utf8.ValidString(text), field, "is not valid UTF-8")
	broken := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	p.check(!strings.ContainsFunc(text, broken), field, "holds a control character, such as a line break")
	p.check(!strings.ContainsFunc(text, typed.IsOverride), field, "holds a sign that turns the direction of text")
}

// normal removes what people type around the data: outer blanks and invisible marks,
// and in a phone number what is no digit. Letters and their accents become one
// character where Unicode has one: that is how characters are counted.
func (p Profile) normal() Profile {
	for _, s := range []*string{&p.GivenName, &p.FamilyName, &p.Address, &p.City, &p.State, &p.PostalCode, &p.Zone, &p.Email} {
		*s = norm.NFC.String(typed.Trim(*s))
	}
	p.Country = strings.ToUpper(typed.Trim(p.Country))
	p.Phone = normalPhone(p.Phone)
	return p
}

// notCountries are codes that CLDR takes for countries although ISO 3166-1 does not
// assign them: they are withdrawn, or reserved. XK is not in the list: Kosovo has no
// other code, and platforms offer it.
const notCountries = " AC AN CP CQ CS DG EA EZ FQ IC NT PC SU TA UN YU "

func validCountry(s string) bool {
	region, err := language.ParseRegion(s)
	return err == nil && len(s) == 2 && region.IsCountry() && region.Canonicalize().String() == s &&
		!strings.Contains(notCountries, " "+s+" ")
}

// Sync is whether the provider has a learner's data. Instants are UTC.
type Sync struct {
	// Since is when the record changed to data that the provider may not have. Zero
	// means that the provider has them, or gets them with the first booking.
	Since  time.Time  `json:"since,omitzero"`
	Reason ReasonCode `json:"reason,omitempty"` // why the last try failed; "" if none was made, or none is needed

	Sent    time.Time `json:"sent,omitzero"`     // when data were last sent whose arrival nobody has confirmed; zero for none
	Version int64     `json:"version,omitempty"` // the version of the record that was sent then
}
