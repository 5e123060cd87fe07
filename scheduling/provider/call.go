package provider

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
)

// Call is what a write sends. A repeated write sends the same again. It holds
// personal data and the unlock code, and prints without them. Of Remove and Begin
// the ReservationID, Learner.ID, Number and Reason alone are set.
type Call struct {
	ReservationID string                 // one for all sends of a booking: its BookingID
	Learner       Person                 // Learner.ID is the provider's key of the person
	Start         time.Time              // the start wanted, UTC; of Reserve and Move
	Duration      time.Duration          // of the sitting; whole minutes
	Title         string                 // course run, exam and text; at most 255 characters
	Notes         string                 // for the proctor; ends with the reservation id, and may hold the unlock code
	Code          proctoru.Secret        // the unlock code for the proctor; "" if it is in the notes
	Number        proctoru.ReservationNo // the reservation to move, remove or begin
	OnDemand      bool                   // makes Reserve ask for a session on demand
	Reason        string                 // of a removal: cancel, or extra for one reservation too many
}

// String hides everything but the reservation id.
func (c Call) String() string { return "call for booking " + shown.ID(c.ReservationID) }

// Format hides everything but the reservation id, for every verb.
func (c Call) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue hides everything but the reservation id.
func (c Call) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Person is a learner as a provider needs to know them. It prints without personal
// data. Limits count characters.
type Person struct {
	ID         string // the provider's key of the person: stable, and not personal
	Email      string // mail address
	GivenName  string // at most 50
	FamilyName string // at most 50
	Phone      string // "+" and 6 to 14 digits
	Country    string // ISO 3166-1 alpha-2, such as FR
	Address    string // at most 100; needed in the US, as are the next three
	City       string // at most 50
	State      string // at most 50
	PostalCode string // at most 20
	Zone       string // IANA name; "" if it is not known
}

// String hides everything but the id.
func (p Person) String() string { return "learner " + shown.ID(p.ID) }

// Format hides everything but the id, for every verb.
func (p Person) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) }

// LogValue hides everything but the id.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

// personFields are ProctorU's names of fields, and those of a profile.
var personFields = map[string]string{
	"Student.ID": "id", "Student.FirstName": "given_name", "Student.LastName": "family_name", "Student.Email": "email",
	"Student.Phone": "phone", "Student.Country": "country", "Student.Address1": "address", "Student.City": "city",
	"Student.State": "state", "Student.ZipCode": "postal_code", "Student.ZoneID": "zone",
}

// Incomplete returns the names of the fields that are missing, or that ProctorU
// would not take, such as family_name. Other providers are held to the same rules.
func (p Person) Incomplete() []string {
	student, err := p.student()
	if err != nil {
		student.ZoneID = ""
	}
	var fields []string
	if refused, ok := errors.AsType[*proctorbook.ValidationError](student.Validate()); ok {
		for _, f := range refused.Fields {
			if name := personFields[f.Field]; !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	return fields
}

// student is the person in ProctorU's words. An error is about the zone.
func (p Person) student() (proctoru.Student, error) {
	student := proctoru.Student{
		ID: p.ID, FirstName: p.GivenName, LastName: p.FamilyName, Email: p.Email,
		Address1: p.Address, City: p.City, State: p.State, ZipCode: p.PostalCode, Country: p.Country, Phone: p.Phone,
	}
	var err error
	student.ZoneID, err = proctoru.ZoneName(p.Zone)
	return student, err
}

// Day is what [Provider].Slots is asked for.
type Day struct {
	Zone     *time.Location         // the learner's
	From     time.Time              // from when on, whole seconds, on a day of Zone
	Duration time.Duration          // of the sitting; whole minutes
	Number   proctoru.ReservationNo // a reservation that is to be moved: its own slot counts as free; "" if there is none
	OnDemand bool                   // asks for sessions on demand instead of planned ones; a provider that has none returns none
}

// Offer is a start that a provider offers. What it asks is in the currency of its
// account; how the parts add up is the provider's business.
type Offer struct {
	Start       time.Time      // UTC, whole seconds
	Fee         proctoru.Money // the regular fee
	PremiumFee  proctoru.Money // for short notice
	DiscountFee proctoru.Money // a discount
}
