package proctoru

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/proctorbook/proctorbook"
)

// StudentsService keeps the provider's records of learners.
type StudentsService struct{ client *Client }

// Lengths in characters, as far as the service is known to take them.
const (
	maxStudentID   = 50
	maxName        = 50
	maxEmail       = 50
	maxAddress     = 100
	maxCity        = 50
	maxPhone       = 15
	maxDescription = 255
)

// Student is a learner as the provider knows them. Printed or logged, it shows
// nothing personal; in JSON it is plain data.
//
// All but the address is required; the address is required in the US.
type Student struct {
	ID        string // chosen by you, the same for ever; up to 50 characters
	FirstName string // up to 50 characters
	LastName  string // up to 50 characters
	Email     string // up to 50 characters
	Address1  string // up to 100 characters
	Address2  string // up to 100 characters
	City      string // up to 50 characters
	State     string
	ZipCode   string // a text: some begin with 0
	Country   string // ISO 3166 alpha-2, upper case
	Phone     string // up to 15 characters: digits, + ( ) . - and spaces
	ZoneID    string // Windows id, see ZoneName
}

type studentWire struct {
	ID        string `url:"student_id"`
	FirstName string `url:"first_name"`
	LastName  string `url:"last_name"`
	Email     string `url:"email"`
	Address1  string `url:"address1,omitempty"`
	Address2  string `url:"address2,omitempty"`
	City      string `url:"city,omitempty"`
	State     string `url:"state,omitempty"`
	ZipCode   string `url:"zipcode,omitempty"`
	Country   string `url:"country,omitempty"`
	Phone     string `url:"phone1,omitempty"`
	ZoneID    string `url:"time_zone_id"`
}

func (s Student) wire() studentWire {
	return studentWire{
		ID: s.ID, FirstName: s.FirstName, LastName: s.LastName, Email: s.Email,
		Address1: s.Address1, Address2: s.Address2, City: s.City, State: s.State, ZipCode: s.ZipCode,
		Country: s.Country, Phone: s.Phone, ZoneID: windowsID(s.ZoneID),
	}
}

// Validate returns a [*proctorbook.ValidationError] that lists every field the provider would
// not take, or nil. Every call that sends a Student checks it so.
func (s Student) Validate() error {
	v := validation{op: "Student.Validate"}
	s.validate(&v)
	return v.err()
}

func (s Student) validate(v *validation) {
	s.validatePerson(v)
	v.check("Student.Country", isCountry(s.Country), "must be two upper-case letters of ISO 3166, such as FR")
	v.required("Student.Phone", s.Phone, maxPhone)
	s.validateContact(v)
}

// validatePerson checks what every method needs.
func (s Student) validatePerson(v *validation) {
	v.required("Student.ID", s.ID, maxStudentID)
	v.required("Student.FirstName", s.FirstName, maxName)
	v.required("Student.LastName", s.LastName, maxName)
	v.email("Student.Email", s.Email)
	v.zone("Student.ZoneID", s.ZoneID)
}

// validateContact checks the rest, as far as it is there.
func (s Student) validateContact(v *validation) {
	v.check("Student.Phone", s.Phone == "" || isPhone(s.Phone), "must have digits, + ( ) . - and spaces only")
	address := v.line
	if s.Country == "US" {
		address = v.required
	}
	address("Student.Address1", s.Address1, maxAddress)
	address("Student.City", s.City, maxCity)
	address("Student.State", s.State, 0)
	address("Student.ZipCode", s.ZipCode, 0)
	v.line("Student.Address2", s.Address2, maxAddress)
}

// validateOptional checks a learner of whom country and phone may be left out.
func (s Student) validateOptional(v *validation) {
	s.validatePerson(v)
	v.check("Student.Country", s.Country == "" || isCountry(s.Country), "must be two upper-case letters of ISO 3166, such as FR")
	v.line("Student.Phone", s.Phone, maxPhone)
	s.validateContact(v)
}

func isCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func isEmail(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	return ok && name != "" && host != "" && !strings.ContainsAny(host, "@") && !strings.ContainsAny(s, " \t,;<>")
}

func isPhone(s string) bool {
	return strings.Trim(s, "0123456789+(). -") == "" && strings.ContainsAny(s, "0123456789")
}

// SavedStudent says how complete the provider's record of a learner is. What
// the provider leaves out is false: Raw tells the difference.
type SavedStudent struct {
	ProfileComplete bool
	HasImage        bool // the provider has verified the identity before
	TermsAccepted   bool // the learner accepted the provider's terms of service
	Raw             RawJSON
}

type savedStudentWire struct {
	ProfileComplete flag `json:"profilecomplete"`
	HasImage        flag `json:"hasimage"`
	TermsAccepted   flag `json:"termsaccepted"`
}

func readSavedStudent(data []byte) (*SavedStudent, error) {
	if !isObject(data) {
		return &SavedStudent{Raw: RawJSON(data)}, nil // the provider did save, which is what was asked
	}
	var w savedStudentWire
	if json.Unmarshal(data, &w) != nil {
		return nil, ErrBadData
	}
	return &SavedStudent{ProfileComplete: bool(w.ProfileComplete), HasImage: bool(w.HasImage), TermsAccepted: bool(w.TermsAccepted), Raw: RawJSON(data)}, nil
}

var opStudentsSave = post("Students.Save", "/editStudent", proctorbook.IdempotentWrite)

// Save creates the learner at the provider, or updates the record with the same
// id. The transport may send it more than once.
//
// It fails with a [*proctorbook.ValidationError] before anything is sent. A refusal in words
// that the client does not know, such as a mail address that another learner
// has, is an [*Error] without a Reason: read its Message.
//
// Endpoint: POST /editStudent.
func (s *StudentsService) Save(ctx context.Context, student Student) (*SavedStudent, error) {
	v := validation{op: opStudentsSave.name}
	student.validate(&v)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opStudentsSave, student.wire(), readSavedStudent)
}
