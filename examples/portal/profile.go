package main

import (
	"context"
	_ "embed"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// field is a line of the profile's form. The limits are the provider's.
type field struct {
	Name, Label, Hint, Value, Wrong string
	Max                             int
	Required                        bool
	Auto                            string // what browsers fill in
	Type                            string
}

// fields returns the form with the values of a profile.
func fields(f scheduling.Profile) []field {
	return []field{
		{Name: "GivenName", Label: "Given name", Hint: "As in your passport.", Value: f.GivenName, Max: 50, Required: true, Auto: "given-name", Type: "text"},
		{Name: "FamilyName", Label: "Family name", Value: f.FamilyName, Max: 50, Required: true, Auto: "family-name", Type: "text"},
		{Name: "Phone", Label: "Phone", Hint: "With the country's prefix, such as +33 1 23 45 67 89.", Value: f.Phone, Max: 30, Required: true, Auto: "tel", Type: "tel"},
		{Name: "Country", Label: "Country", Hint: "Its code of two letters, such as FR.", Value: f.Country, Max: 2, Required: true, Auto: "country", Type: "text"},
		{Name: "Address", Label: "Address", Hint: "Required in the US, as are the next three.", Value: f.Address, Max: 100, Auto: "street-address", Type: "text"},
		{Name: "City", Label: "City", Value: f.City, Max: 50, Auto: "address-level2", Type: "text"},
		{Name: "State", Label: "State", Value: f.State, Max: 50, Auto: "address-level1", Type: "text"},
		{Name: "PostalCode", Label: "Postal code", Value: f.PostalCode, Max: 20, Auto: "postal-code", Type: "text"},
		{Name: "Email", Label: "Mail address for the proctors", Hint: "Only if it is another one than on the course platform.", Value: f.Email, Max: 50, Auto: "email", Type: "email"},
	}
}

// profileForm is what the profile's page shows.
type profileForm struct {
	Fields []field
	Zones  []zone
	Chosen string // the zone of the profile; "" is the platform's
	Theirs string // the platform's
	Then   string // the exam to go back to
	Synced bool
	Known  bool // a profile was saved before
}

// zone is a choice, with the time that its clocks show now.
type zone struct{ Name, Time, Offset string }

// zoneNames are offered. The provider knows some five hundred; these are the clocks of
// most people, and whoever needs another one types its name.
//
//go:embed zones.txt
var zoneNames string

// zones returns the choices; chosen is one of them in any case.
func zones(now time.Time, chosen string) (all []zone) {
	for _, name := range append([]string{chosen}, strings.Fields(zoneNames)...) {
		loc, err := proctoru.LoadZone(name)
		if err != nil || name == chosen && len(all) > 0 {
			continue
		}
		all = append(all, zone{Name: name, Time: now.In(loc).Format("15:04"), Offset: "UTC" + now.In(loc).Format("-07:00")})
	}
	return all
}

// profilePage asks for what the provider needs to know and the platform does not.
func (p *portal) profilePage(v *visit) error {
	return p.showProfile(v, http.StatusOK, v.learner.Profile, &proctorbook.ValidationError{})
}

func (p *portal) showProfile(v *visit, status int, profile scheduling.Profile, wrong *proctorbook.ValidationError) error {
	form := profileForm{
		Fields: fields(profile), Chosen: profile.Zone, Theirs: v.learner.Zone, Zones: zones(v.Now, profile.Zone), Then: v.r.FormValue("then"),
		Synced: v.learner.Sync.Since.IsZero(), Known: v.learner.Profile != scheduling.Profile{},
	}
	for i := range form.Fields {
		for _, w := range wrong.Fields {
			if strings.TrimPrefix(w.Field, "Profile.") == form.Fields[i].Name {
				form.Fields[i].Wrong = w.Problem
			}
		}
	}
	return v.show(status, "profile", "My profile", form)
}

// saveProfile stores the profile, and goes back to where it was asked for.
func (p *portal) saveProfile(v *visit) error {
	get := func(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }
	profile := scheduling.Profile{
		GivenName: get("GivenName"), FamilyName: get("FamilyName"), Phone: get("Phone"), Country: strings.ToUpper(get("Country")), Address: get("Address"),
		City: get("City"), State: get("State"), PostalCode: get("PostalCode"), Email: get("Email"), Zone: get("Zone"),
	}
	err := p.s.SaveProfile(v.ctx(), v.learner.ID, profile)
	if wrong, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		return p.showProfile(v, http.StatusUnprocessableEntity, profile, wrong)
	}
	if err != nil {
		return err
	}
	// The provider is told at once if it answers soon; else the engine does it later.
	soon, cancel := context.WithTimeout(v.ctx(), time.Second)
	defer cancel()
	if _, err := p.s.SyncProfile(soon, v.learner.ID); err != nil {
		p.log.DebugContext(v.ctx(), "the profile goes to the provider later", "error", err)
	}
	if exam, ok := named(v.exams, v.r.PostForm.Get("then")); ok {
		return v.goTo("/exams/" + exam.Slug)
	}
	return v.goTo("/")
}
