package proctoru

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/proctorbook/proctorbook"
)

type studentIDWire struct {
	StudentID string `url:"student_id"`
}

// callForStudent is call for an operation whose only parameter is a learner's id.
func callForStudent[T any](ctx context.Context, c *Client, op operation, studentID string, read func(data []byte) (T, error)) (T, error) {
	v := validation{op: op.name}
	v.required("studentID", studentID, maxStudentID)
	if err := v.err(); err != nil {
		return *new(T), err
	}
	return call(ctx, c, op, studentIDWire{studentID}, read)
}

// StudentProfile is the provider's record of a learner. Printed or logged, it
// shows nothing personal. A field that the provider leaves out is empty or false.
type StudentProfile struct {
	Student
	UserID          string
	Phone2, Phone3  string
	ComputerType    string
	Campus          string
	TermsAccepted   bool // of the provider's terms of service
	ProfileComplete bool
	HasImage        bool // the provider has verified the identity before
	Active          bool
	OnAccount       Money // the learner's credit
	Raw             RawJSON
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

// EmailLookup says whether a mail address belongs to an account at the provider.
type EmailLookup struct {
	Taken      bool
	SchoolName Secret // the institution of that account, which may be another one: not for learners' eyes
	Raw        RawJSON
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

// StudentImage is a learner's picture. However it is printed, it shows its type alone.
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
	return callForStudent(ctx, s.client, opStudentsGet, studentID, readProfile)
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
	return call(ctx, s.client, opStudentsLookupEmail, lookupEmailWire{email}, readEmailLookup)
}

// Image returns the picture that the provider has of a learner, up to 4 MiB.
//
// It fails with [ErrBadData] for what is no picture, and with [proctorbook.ErrRedirect] where
// the provider sends the client elsewhere for it: the client does not follow.
//
// *Experimental*: the method was last seen in 2013.
//
// Endpoint: GET /getStudentImage.
func (s *StudentsService) Image(ctx context.Context, studentID string) (*StudentImage, error) {
	return callForStudent(ctx, s.client, opStudentsImage, studentID, readImage)
}
