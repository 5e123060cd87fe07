package proctoru

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/proctorbook/proctorbook"
)

// LoginURLParams are the parameters of [StudentsService.LoginURL].
type LoginURLParams struct {
	StudentID     string // the learner's id
	Email         string // mail address; up to 50 characters
	FirstName     string // given name; up to 50 characters; optional
	LastName      string // family name; up to 50 characters; optional
	ZoneID        string // id of a time zone of the provider, see ZoneName and TimeZones.List; optional
	ReturnURL     string // where the learner goes afterwards; https, see WithReturnHosts
	UpdateProfile bool   // replace what is given of name, mail address and zone in the provider's record
}

type loginURLWire struct {
	StudentID     string   `url:"student_id"`
	Email         string   `url:"email"`
	FirstName     string   `url:"first_name,omitempty"` // a blank one with update=Y could erase what the record has
	LastName      string   `url:"last_name,omitempty"`
	ZoneID        string   `url:"time_zone_id,omitempty"`
	ReturnURL     string   `url:"url_return,omitempty"`
	UpdateProfile wireFlag `url:"update,omitempty"`
}

func (p LoginURLParams) wire() loginURLWire {
	return loginURLWire{
		StudentID: p.StudentID, Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, ZoneID: windowsID(p.ZoneID),
		ReturnURL: p.ReturnURL, UpdateProfile: yesOrNothing(p.UpdateProfile),
	}
}

func (p LoginURLParams) validate(c *core) error {
	v := validation{op: opStudentsLoginURL.name}
	v.required("StudentID", p.StudentID, maxStudentID)
	v.email("Email", p.Email)
	v.optional("FirstName", p.FirstName, maxName)
	v.optional("LastName", p.LastName, maxName)
	v.optionalZone("ZoneID", p.ZoneID)
	v.returnURL("ReturnURL", p.ReturnURL, c.set.returnHosts)
	return v.err()
}

// TermsOfService is what a learner has to accept before a session.
type TermsOfService struct {
	Text     string  // the terms as the provider sent them
	Accepted bool    // by this learner
	Raw      RawJSON // the answer as the provider sent it
}

func readTermsOfService(data []byte) (*TermsOfService, error) {
	var w struct {
		Text     text `json:"tos"`
		Accepted flag `json:"termsaccepted"`
	}
	if !isObject(data) || json.Unmarshal(data, &w) != nil || strings.TrimSpace(string(w.Text)) == "" {
		return nil, ErrBadData
	}
	return &TermsOfService{Text: string(w.Text), Accepted: bool(w.Accepted), Raw: clone(data)}, nil
}

// TermsAcceptance is the provider's answer to an acceptance, whose data are not
// documented.
type TermsAcceptance struct {
	Raw RawJSON // the answer as the provider sent it
}

func readTermsAcceptance(data []byte) (*TermsAcceptance, error) {
	return &TermsAcceptance{Raw: clone(data)}, nil
}

var (
	opStudentsLoginURL       = postKept("Students.LoginURL", "/autoLogin", proctorbook.IdempotentWrite)
	opStudentsTermsOfService = post("Students.TermsOfService", "/getTOS", proctorbook.Read)
	opStudentsAcceptTerms    = post("Students.AcceptTerms", "/agreeToTOS", proctorbook.IdempotentWrite)
)

// LoginURL returns a URL that signs a learner in at the provider, once. It does
// not create the learner. The id and the mail address are enough; what is left out is
// not sent, so that UpdateProfile erases nothing.
//
// It fails with [ErrStudentNotFound] for a learner that the provider does not
// know, with [ErrNoURL] and with [ErrUnsafeURL]. The last two are
// [proctorbook.ErrOutcomeUnknown] too, since UpdateProfile may have acted: call it again.
//
// Endpoint: POST /autoLogin.
func (s *StudentsService) LoginURL(ctx context.Context, params LoginURLParams) (*Launch, error) {
	if err := params.validate(s.core); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opStudentsLoginURL, params.wire(), s.core.readLaunch)
}

// TermsOfService returns the provider's terms of service, and whether the learner
// accepted them. Academic terms are another thing: see [ExamsService.Terms].
//
// Endpoint: POST /getTOS.
func (s *StudentsService) TermsOfService(ctx context.Context, studentID string) (*TermsOfService, error) {
	return callForStudent(ctx, s.core, opStudentsTermsOfService, studentID, readTermsOfService)
}

// AcceptTerms records that a learner accepts the provider's terms of service. Call
// it only when the learner has read them and said so.
//
// Endpoint: POST /agreeToTOS.
func (s *StudentsService) AcceptTerms(ctx context.Context, studentID string) (*TermsAcceptance, error) {
	return callForStudent(ctx, s.core, opStudentsAcceptTerms, studentID, readTermsAcceptance)
}

// Format prints nothing personal.
func (p LoginURLParams) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.LoginURLParams{"+redacted+"}")
}

// LogValue returns nothing personal.
func (p LoginURLParams) LogValue() slog.Value { return slog.StringValue(redacted) }
