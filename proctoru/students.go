package proctoru

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/proctorbook/proctorbook"
)

// StudentsService keeps the provider's records of learners.
type StudentsService struct{ core *core }

// Student is a learner as the provider knows them. Printed or logged, it shows
// nothing personal; in JSON it is plain data.
//
// All but the address is required; the address is required in the US.
type Student struct {
	ID        string // chosen by you, never changed; up to 50 characters
	FirstName string // up to 50 characters
	LastName  string // up to 50 characters
	Email     string // up to 50 characters
	Address1  string // up to 100 characters
	Address2  string // up to 100 characters
	City      string // up to 50 characters
	State     string // required in the US
	ZipCode   string // a text: some begin with 0
	Country   string // ISO 3166 alpha-2, upper case
	Phone     string // up to 15 characters: digits, + ( ) . - and spaces
	ZoneID    string // id of a time zone of the provider, up to 60 characters: see ZoneName and TimeZones.List
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
	ZoneID    string `url:"time_zone_id,omitempty"` // a blank one could erase the zone of the record
}

func (s Student) wire() studentWire {
	return studentWire{
		ID: s.ID, FirstName: s.FirstName, LastName: s.LastName, Email: s.Email,
		Address1: s.Address1, Address2: s.Address2, City: s.City, State: s.State, ZipCode: s.ZipCode,
		Country: s.Country, Phone: s.Phone, ZoneID: windowsID(s.ZoneID),
	}
}

// addTo adds to f what go-querystring would.
func (w studentWire) addTo(f *form) {
	f.set("student_id", w.ID)
	f.set("first_name", w.FirstName)
	f.set("last_name", w.LastName)
	f.set("email", w.Email)
	f.add("address1", w.Address1)
	f.add("address2", w.Address2)
	f.add("city", w.City)
	f.add("state", w.State)
	f.add("zipcode", w.ZipCode)
	f.add("country", w.Country)
	f.add("phone1", w.Phone)
	f.add("time_zone_id", w.ZoneID)
}

// Validate returns a [*proctorbook.ValidationError] that lists every field the
// provider would not take, or nil. Every call that sends a Student makes the same
// check.
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
	address := v.optional
	if s.Country == "US" {
		address = v.required
	}
	address("Student.Address1", s.Address1, maxAddress)
	address("Student.City", s.City, maxCity)
	address("Student.State", s.State, 0)
	address("Student.ZipCode", s.ZipCode, 0)
	v.optional("Student.Address2", s.Address2, maxAddress)
}

// validateOptional checks a learner of whom country and phone may be left out.
func (s Student) validateOptional(v *validation) {
	s.validatePerson(v)
	v.check("Student.Country", s.Country == "" || isCountry(s.Country), "must be two upper-case letters of ISO 3166, such as FR")
	v.line("Student.Phone", s.Phone, maxPhone)
	s.validateContact(v)
}

// SavedStudent is the provider's answer about a learner whose record it saved. A
// field that the provider leaves out is false; Raw tells the difference.
type SavedStudent struct {
	ProfileComplete bool    // nothing that the provider wants to know is missing
	HasImage        bool    // the provider has verified the identity before
	TermsAccepted   bool    // the learner accepted the provider's terms of service
	Raw             RawJSON // the answer as the provider sent it
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
// It fails with a [*proctorbook.ValidationError] before anything is sent. A
// refusal in words that the client does not know, such as a mail address that
// another learner has, is an [*Error] without a Reason: read its Message.
//
// Endpoint: POST /editStudent.
func (s *StudentsService) Save(ctx context.Context, student Student) (*SavedStudent, error) {
	v := validation{op: opStudentsSave.name}
	student.validate(&v)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opStudentsSave, student.wire(), readSavedStudent)
}

// Format prints nothing personal.
func (s Student) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.Student{"+redacted+"}")
}

// LogValue returns nothing personal.
func (s Student) LogValue() slog.Value { return slog.StringValue(redacted) }

// StudentProfile is the provider's record of a learner. Printed or logged, it
// shows nothing personal. A field that the provider leaves out is empty or false.
type StudentProfile struct {
	Student                 // as saved by you, or changed by the learner
	UserID          string  // user_id of the record
	Phone2, Phone3  string  // further phone numbers
	ComputerType    string  // what the learner said of the computer
	Campus          string  // name of a campus
	TermsAccepted   bool    // of the provider's terms of service
	ProfileComplete bool    // nothing that the provider wants to know is missing
	HasImage        bool    // the provider has verified the identity before
	Active          bool    // the record is active
	OnAccount       Money   // the learner's credit
	Raw             RawJSON // the answer as the provider sent it
}

type profileWire struct {
	ID              text  `json:"student_id"`
	UserID          text  `json:"user_id"`
	FirstName       text  `json:"first_name"`
	LastName        text  `json:"last_name"`
	Email           text  `json:"email"`
	Address1        text  `json:"address1"`
	Address2        text  `json:"address2"`
	City            text  `json:"city"`
	State           text  `json:"state"`
	ZipCode         text  `json:"zipcode"`
	Country         text  `json:"country"`
	Phone1          text  `json:"phone1"`
	Phone2          text  `json:"phone2"`
	Phone3          text  `json:"phone3"`
	ZoneID          text  `json:"time_zone_id"`
	ComputerType    text  `json:"computertype"`
	Campus          text  `json:"campus"`
	TermsAccepted   flag  `json:"termsaccepted"`
	ProfileComplete flag  `json:"profilecomplete"`
	HasImage        flag  `json:"hasimage"`
	Active          flag  `json:"active"`
	OnAccount       Money `json:"on_account_balance"`
}

func (w profileWire) profile(raw RawJSON) (*StudentProfile, error) {
	if w.ID == "" {
		return nil, ErrBadData
	}
	return &StudentProfile{
		Student: Student{
			ID: string(w.ID), FirstName: string(w.FirstName), LastName: string(w.LastName), Email: string(w.Email),
			Address1: string(w.Address1), Address2: string(w.Address2), City: string(w.City), State: string(w.State),
			ZipCode: string(w.ZipCode), Country: string(w.Country), Phone: string(w.Phone1), ZoneID: string(w.ZoneID),
		},
		UserID: string(w.UserID), Phone2: string(w.Phone2), Phone3: string(w.Phone3), ComputerType: string(w.ComputerType),
		Campus: string(w.Campus), TermsAccepted: bool(w.TermsAccepted), ProfileComplete: bool(w.ProfileComplete),
		HasImage: bool(w.HasImage), Active: bool(w.Active), OnAccount: w.OnAccount, Raw: raw,
	}, nil
}

func readProfile(data []byte) (*StudentProfile, error) { return readRow(data, profileWire.profile) }

type lookupEmailWire struct {
	Email string `url:"email"`
}

// EmailLookup is the answer of [StudentsService.LookupEmail].
type EmailLookup struct {
	Taken      bool    // an account has this address
	SchoolName Secret  // the institution of that account, which may be another one: not for learners' eyes
	Raw        RawJSON // the answer as the provider sent it
}

// readEmailLookup takes null for a free address, and an object, or the name of an
// institution, for one that is taken.
func readEmailLookup(data []byte) (*EmailLookup, error) {
	var w struct {
		SchoolName secretText `json:"schoolname"`
	}
	name := quoted(data)
	switch {
	case compact(data) == "null":
		return &EmailLookup{Raw: clone(data)}, nil
	case name != "":
		w.SchoolName.value = Secret(name)
	case !isObject(data) || noRows(data) || json.Unmarshal(data, &w) != nil:
		return nil, ErrBadData
	}
	return &EmailLookup{Taken: true, SchoolName: w.SchoolName.value, Raw: clone(data)}, nil
}

// maxImageBytes bounds a picture.
const maxImageBytes = 4 << 20

// StudentImage is a learner's picture. However it is printed, it shows only its
// type.
type StudentImage struct {
	ContentType string // by its first bytes: image/jpeg, image/png, ...
	data        []byte
}

// Bytes returns the picture.
func (i *StudentImage) Bytes() []byte { return i.data }

// readImage wants a picture, whatever the answer calls itself.
func readImage(data []byte) (*StudentImage, error) {
	kind := http.DetectContentType(data)
	if !strings.HasPrefix(kind, "image/") {
		return nil, ErrBadData
	}
	return &StudentImage{ContentType: kind, data: data}, nil
}

var (
	opStudentsGet         = get("Students.Get", "/getStudentProfile")
	opStudentsLookupEmail = post("Students.LookupEmail", "/getEmailExist", proctorbook.Read)
	opStudentsImage       = operation{
		name: "Students.Image", method: http.MethodGet, path: "/getStudentImage", class: proctorbook.Read, stamp: stampField, shape: binary, maxBytes: maxImageBytes,
	}
)

// Get returns the provider's record of a learner.
//
// It fails with [ErrStudentNotFound] for a learner that the provider does not know.
//
// Endpoint: GET /getStudentProfile.
func (s *StudentsService) Get(ctx context.Context, studentID string) (*StudentProfile, error) {
	return callForStudent(ctx, s.core, opStudentsGet, studentID, readProfile)
}

// LookupEmail asks whether a mail address belongs to an account, perhaps at another
// institution. A learner with such an address can't be created.
//
// Endpoint: POST /getEmailExist.
func (s *StudentsService) LookupEmail(ctx context.Context, email string) (*EmailLookup, error) {
	v := validation{op: opStudentsLookupEmail.name}
	v.email("email", email)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opStudentsLookupEmail, lookupEmailWire{email}, readEmailLookup)
}

// Image returns the picture that the provider has of a learner, up to 4 MiB.
//
// It fails with [ErrBadData] if the answer is no picture, and with
// [proctorbook.ErrRedirect] if the provider redirects: the client does not
// follow.
//
// *Experimental*: the method was last seen in 2013.
//
// Endpoint: GET /getStudentImage.
func (s *StudentsService) Image(ctx context.Context, studentID string) (*StudentImage, error) {
	return callForStudent(ctx, s.core, opStudentsImage, studentID, readImage)
}

// Format prints nothing personal.
func (p StudentProfile) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.StudentProfile{"+redacted+"}")
}

// LogValue returns nothing personal.
func (p StudentProfile) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints only the type of the picture.
func (i StudentImage) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, i.ContentType) }

// LogValue returns only the type of the picture.
func (i StudentImage) LogValue() slog.Value { return slog.StringValue(i.ContentType) }

// Accommodation is a kind of support that the institution can grant, such as
// extra time.
type Accommodation struct {
	ID          string  // the provider's id; those of its predefined kinds begin at 50474
	Description string  // such as "extra time"
	Raw         RawJSON // the row as the provider sent it
}

type accommodationWire struct {
	ID          text `json:"id"`
	Description text `json:"description"`
}

func (w accommodationWire) accommodation(raw RawJSON) (Accommodation, error) {
	if w.ID == "" {
		return Accommodation{}, ErrBadData
	}
	return Accommodation{ID: string(w.ID), Description: string(w.Description), Raw: raw}, nil
}

// readAccommodations finds the list in the answer itself, or under its data.
func readAccommodations(answer []byte) ([]Accommodation, error) {
	var w struct {
		All  json.RawMessage `json:"accommodations"`
		Data json.RawMessage `json:"data"`
	}
	if !isObject(answer) || json.Unmarshal(answer, &w) != nil {
		return nil, ErrBadData
	}
	if w.All == nil && isObject(w.Data) {
		if err := json.Unmarshal(w.Data, &w); err != nil {
			return nil, ErrBadData
		}
	}
	if w.All == nil {
		return nil, ErrNoList
	}
	return list(w.All, accommodationWire.accommodation)
}

var opStudentsAccommodations = operation{
	name: "Students.Accommodations", method: "GET", path: "/accommodations", class: proctorbook.Read, stamp: stampField, shape: bare,
}

// Accommodations returns the kinds of support that the institution has set up. The
// provider has announced, but not documented, how to grant one to a learner. It fails with
// [ErrNoList] if no list came.
//
// Endpoint: GET /accommodations.
func (s *StudentsService) Accommodations(ctx context.Context) ([]Accommodation, error) {
	return call(ctx, s.core, opStudentsAccommodations, struct{}{}, readAccommodations)
}

type studentIDWire struct {
	StudentID string `url:"student_id"`
}

// callForStudent is call for an operation whose only parameter is a learner's id.
func callForStudent[T any](ctx context.Context, c *core, op operation, studentID string, read func(data []byte) (T, error)) (T, error) {
	v := validation{op: op.name}
	v.required("studentID", studentID, maxStudentID)
	if err := v.err(); err != nil {
		return *new(T), err
	}
	return call(ctx, c, op, studentIDWire{studentID}, read)
}
