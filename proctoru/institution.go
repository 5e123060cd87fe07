package proctoru

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/proctorbook/proctorbook"
)

// InstitutionService keeps the people of the institution who work with the
// provider's site. Departments are in [ExamsService.Departments].
type InstitutionService struct{ core *core }

// UserRole is what a user of the institution may do on the provider's site.
type UserRole string

// The roles that the provider is known to take.
const (
	RoleAdministrator UserRole = "administrator" // sends administrator
	RoleInstructor    UserRole = "instructor"    // sends instructor
)

// InstitutionUser is somebody who works for the institution, with an account on the
// provider's site. Printed or logged, it shows nothing personal; in JSON it is plain
// data, but for the password.
//
// All but the password is required, as the one client known to make this call has it.
type InstitutionUser struct {
	FirstName string   // up to 50 characters
	LastName  string   // up to 50 characters
	Email     string   // up to 50 characters
	Address1  string   // up to 100 characters
	City      string   // up to 50 characters
	State     string   // also outside the US
	ZipCode   string   // a text: some begin with 0
	Country   string   // ISO 3166 alpha-2, upper case
	Phone     string   // up to 15 characters: digits, + ( ) . - and spaces
	ZoneID    string   // id of a time zone of the provider, see ZoneName and TimeZones.List
	Role      UserRole // RoleAdministrator or RoleInstructor
	Password  Secret   // for the provider's site; optional
}

type institutionUserWire struct {
	Password  string `url:"user_password,omitempty"`
	FirstName string `url:"first_name"`
	LastName  string `url:"last_name"`
	Address1  string `url:"address1"`
	City      string `url:"city"`
	State     string `url:"state"`
	Country   string `url:"country"`
	ZipCode   string `url:"zipcode"`
	Phone     string `url:"phone1"`
	Email     string `url:"email"`
	ZoneID    string `url:"time_zone_id"`
	Role      string `url:"role"`
}

func (u InstitutionUser) wire() institutionUserWire {
	return institutionUserWire{
		Password: u.Password.Reveal(), FirstName: u.FirstName, LastName: u.LastName, Address1: u.Address1, City: u.City, State: u.State,
		Country: u.Country, ZipCode: u.ZipCode, Phone: u.Phone, Email: u.Email, ZoneID: windowsID(u.ZoneID), Role: string(u.Role),
	}
}

func (u InstitutionUser) validate() error {
	v := validation{op: opInstitutionSaveUser.name}
	v.required("FirstName", u.FirstName, maxName)
	v.required("LastName", u.LastName, maxName)
	v.email("Email", u.Email)
	v.zone("ZoneID", u.ZoneID)
	v.required("Address1", u.Address1, maxAddress)
	v.required("City", u.City, maxCity)
	v.required("State", u.State, 0)
	v.required("ZipCode", u.ZipCode, 0)
	v.check("Country", isCountry(u.Country), "must be two upper-case letters of ISO 3166, such as FR")
	v.required("Phone", u.Phone, maxPhone)
	v.check("Phone", u.Phone == "" || isPhone(u.Phone), "must have digits, + ( ) . - and spaces only")
	v.check("Role", u.Role == RoleAdministrator || u.Role == RoleInstructor, "must be RoleAdministrator or RoleInstructor")
	v.line("Password", u.Password.Reveal(), 0)
	return v.err()
}

// SavedInstitutionUser is the provider's answer about a user whom it saved.
type SavedInstitutionUser struct {
	Institution string  // name of the institution that the user belongs to; "" if the provider leaves it out
	Raw         RawJSON // the data of the answer as the provider sent them
}

// readSavedUser requires an object: a success without data names nobody.
func readSavedUser(data []byte) (*SavedInstitutionUser, error) {
	var w struct {
		Institution text `json:"userinstitution"`
	}
	if !isObject(data) || json.Unmarshal(data, &w) != nil {
		return nil, ErrBadData
	}
	return &SavedInstitutionUser{Institution: string(w.Institution), Raw: clone(data)}, nil
}

var opInstitutionSaveUser = post("Institution.SaveUser", "/editInstitutionalUser", proctorbook.Write)

// SaveUser creates or changes a user of the institution. Nothing in the call but the
// mail address says whom it is about, and whether a second call would make a second
// user is not known: the client never sends it again once it may have arrived.
//
// It fails with a [*proctorbook.ValidationError] before anything is sent, with
// [ErrTimeZoneNotFound] for a zone that the provider does not know, and with
// [ErrBadData] and [proctorbook.ErrOutcomeUnknown] for a success without data.
//
// Endpoint: POST /editInstitutionalUser.
func (s *InstitutionService) SaveUser(ctx context.Context, user InstitutionUser) (*SavedInstitutionUser, error) {
	if err := user.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opInstitutionSaveUser, user.wire(), readSavedUser)
}

// Format prints nothing personal.
func (u InstitutionUser) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.InstitutionUser{"+redacted+"}")
}

// LogValue returns nothing personal.
func (u InstitutionUser) LogValue() slog.Value { return slog.StringValue(redacted) }
