package proctoru

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// RecordPlusService makes sessions that are recorded and watched later: they need
// no slot.
type RecordPlusService struct{ core *core }

// CreateRecordPlusParams are the parameters of [RecordPlusService.Create].
type CreateRecordPlusParams struct {
	Student     Student       // the learner; the record is created if new
	UserID      string        // user_id of the learner's record; optional
	ExamID      string        // your id of the exam
	ExamURL     string        // http or https
	Description string        // title of the exam, up to 255 characters
	Duration    time.Duration // whole minutes, 1 to 1440

	ExamPassword       Secret   // password of the exam
	Preset             string   // level of proctoring: low, medium or high; "" = the account's own
	PermittedResources []string // such as "calculator"; none may hold a comma
	OtherResources     string   // permitted resources in free words
}

type createRecordPlusWire struct {
	studentWire
	UserID             string `url:"user_id,omitempty"`
	ExamID             string `url:"exam_id"`
	ExamURL            string `url:"exam_url"`
	Description        string `url:"description"`
	Duration           int    `url:"duration"`
	ExamPassword       string `url:"exam_password,omitempty"`
	Preset             string `url:"preset,omitempty"`
	PermittedResources string `url:"permitted_resources_list,omitempty"`
	OtherResources     string `url:"other_resources,omitempty"` // so here, other_notes elsewhere
}

func (p CreateRecordPlusParams) wire() createRecordPlusWire {
	return createRecordPlusWire{
		studentWire: p.Student.wire(), UserID: p.UserID, ExamID: p.ExamID, ExamURL: p.ExamURL, Description: p.Description,
		Duration: minutes(p.Duration), ExamPassword: p.ExamPassword.Reveal(), Preset: p.Preset,
		PermittedResources: strings.Join(p.PermittedResources, ","), OtherResources: p.OtherResources,
	}
}

func (p CreateRecordPlusParams) validate() error {
	v := validation{op: opRecordPlusCreate.name}
	p.Student.validate(&v)
	v.line("UserID", p.UserID, 0)
	v.required("ExamID", p.ExamID, 0)
	v.required("ExamURL", p.ExamURL, 0)
	v.url("ExamURL", p.ExamURL)
	v.required("Description", p.Description, maxDescription)
	v.duration("Duration", p.Duration)
	v.line("ExamPassword", p.ExamPassword.Reveal(), 0)
	v.preset("Preset", p.Preset)
	v.resources("PermittedResources", p.PermittedResources)
	v.lines("OtherResources", p.OtherResources)
	return v.err()
}

// RecordPlusSession is a recorded session.
type RecordPlusSession struct {
	UUID string    // the provider's, needed for Fulfill
	URL  SecretURL // where the learner takes the exam; may be zero

	// URLRefused reports that a URL came and was dropped, because it is not https
	// or leads to a host that is not allowed. The session exists all the same.
	URLRefused bool
	Raw        RawJSON // the answer as the provider sent it
}

func (c *core) readRecordPlusSession(answer []byte) (*RecordPlusSession, error) {
	w, err := readRecordPlus(answer)
	switch {
	case err != nil:
		return nil, err
	case w.uuid() == "":
		return nil, ErrUUIDMissing
	}
	u, err := c.secretURL(string(w.URL))
	return &RecordPlusSession{UUID: w.uuid(), URL: u, URLRefused: err != nil, Raw: clone(answer)}, nil
}

type fulfillWire struct {
	UUID string `url:"reservation_uuid"`
}

// Fulfillment is the provider's answer at the end of a session, which is not
// documented.
type Fulfillment struct {
	Raw RawJSON // the answer as the provider sent it
}

// readFulfillment takes any object that does not speak of an error.
func readFulfillment(answer []byte) (*Fulfillment, error) {
	var w struct {
		Error  json.RawMessage `json:"error"`
		Errors json.RawMessage `json:"errors"`
	}
	answer = trimMark(answer)
	if !isObject(answer) || json.Unmarshal(answer, &w) != nil || !noRows(w.Error) || !noRows(w.Errors) {
		return nil, ErrBadData
	}
	return &Fulfillment{Raw: clone(answer)}, nil
}

var (
	opRecordPlusCreate = operation{
		name: "RecordPlus.Create", method: "POST", path: "/exams/add_record_plus_exams", class: proctorbook.Write, stamp: stampField, shape: bare,
	}
	opRecordPlusFulfill = operation{
		name: "RecordPlus.Fulfill", method: "POST", path: "/exams/add_record_plus_exams/fulfill", class: proctorbook.Write, stamp: stampField, shape: bare, kept: true,
	}
)

// Create makes a recorded session, and the learner's record if it is new. There
// is no id of yours in the call: sent twice, it makes two sessions. The client
// never sends it again once it may have arrived.
//
// It fails with [ErrUUIDMissing] and [proctorbook.ErrOutcomeUnknown] for a
// success that names no session.
//
// Endpoint: POST /exams/add_record_plus_exams.
func (s *RecordPlusService) Create(ctx context.Context, params CreateRecordPlusParams) (*RecordPlusSession, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opRecordPlusCreate, params.wire(), s.core.readRecordPlusSession)
}

// Fulfill tells the provider that a recorded session is over: see
// [RecordPlusSession.UUID].
//
// Endpoint: POST /exams/add_record_plus_exams/fulfill.
func (s *RecordPlusService) Fulfill(ctx context.Context, uuid string) (*Fulfillment, error) {
	v := validation{op: opRecordPlusFulfill.name}
	v.reservationID("uuid", uuid)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opRecordPlusFulfill, fulfillWire{uuid}, readFulfillment)
}

// LogValue returns only the exam's id.
func (p CreateRecordPlusParams) LogValue() slog.Value { return slog.StringValue("exam " + p.ExamID) }
