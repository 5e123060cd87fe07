package proctoru

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// ReservationsService makes, changes and starts reservations: those without an
// exam list ("ad hoc"), for which all that the session needs is in the call, and
// those for an exam of the institution's list.
type ReservationsService struct{ core *core }

// CreateReservationParams are the parameters of [ReservationsService.Create].
// Printed or logged, it shows only the id and the time.
type CreateReservationParams struct {
	ID          string        // reservation id, chosen by you and the same on every try; up to 50 of A-Z a-z 0-9 . _ -
	Student     Student       // created at the provider if new
	Start       time.Time     // any zone, whole seconds, not in the past
	Duration    time.Duration // whole minutes, 1 to 1440
	Description string        // title of the exam, up to 255 characters; comes back in lists and reports

	Notes              string       // for the proctor; comes back in reports
	Comments           string       // from the learner
	ExamURL            string       // http or https
	ExamPassword       Secret       // the proctor types it for the learner
	ReturnURL          string       // where the learner goes after scheduling; https, see WithReturnHosts
	TakeItNow          bool         // on demand instead of a free slot; Start may be now
	Notify             Choice       // mail the learner; by default the provider does
	UpdateProfile      bool         // replace the provider's record of the learner by Student
	Active             bool         // mark the exam as active, for accounts in which it is not by default
	Preset             string       // level of proctoring: low, medium or high; "" = the account's own
	DepartmentID       string       // a number, see Exams.Departments
	CourseNo           string       // course number
	Instructors        []Instructor // teachers of the exam
	PermittedResources []string     // such as "calculator"; none may hold a comma
	OtherNotes         string       // permitted resources in free words

	// WhitelistURLs are pages that learners may open during the exam: http or https.
	// That the call takes an array of them is known, and the shape of an element is
	// not documented: each is sent as a text.
	WhitelistURLs []string
}

type createWire struct {
	studentWire
	ID                 string   `url:"reservation_id"`
	Number             string   `url:"reservation_no,omitempty"`
	Start              wireTime `url:"start_date"`
	Duration           int      `url:"duration"`
	Description        string   `url:"description"`
	Notes              string   `url:"notes,omitempty"`
	Comments           string   `url:"comments,omitempty"`
	ExamURL            string   `url:"exam_url,omitempty"`
	ExamPassword       string   `url:"exam_password,omitempty"`
	ReturnURL          string   `url:"url_return,omitempty"`
	TakeItNow          wireFlag `url:"takeitnow"`
	Notify             wireFlag `url:"notify,omitempty"`
	UpdateProfile      wireFlag `url:"update,omitempty"`
	Active             wireFlag `url:"active,omitempty"`
	Preset             string   `url:"preset,omitempty"`
	DepartmentID       string   `url:"department_id,omitempty"`
	CourseNo           string   `url:"courseno,omitempty"`
	PermittedResources string   `url:"permitted_resources_list,omitempty"`
	OtherNotes         string   `url:"other_notes,omitempty"`
	Instructors        string   `url:"instructors,omitempty"`
	Whitelist          string   `url:"whitelist_urls,omitempty"`
}

func (p CreateReservationParams) wire() createWire {
	return createWire{
		studentWire: p.Student.wire(), ID: p.ID, Start: wireTime(p.Start), Duration: minutes(p.Duration),
		Description: p.Description, Notes: p.Notes, Comments: p.Comments, ExamURL: p.ExamURL,
		ExamPassword: p.ExamPassword.Reveal(), ReturnURL: p.ReturnURL, TakeItNow: yesOrNo(p.TakeItNow),
		Notify: wireFlag(p.Notify), UpdateProfile: yesOrNothing(p.UpdateProfile), Active: yesOrNothing(p.Active),
		Preset: p.Preset, DepartmentID: p.DepartmentID, CourseNo: p.CourseNo,
		PermittedResources: strings.Join(p.PermittedResources, ","), OtherNotes: p.OtherNotes,
		Instructors: jsonText(p.Instructors), Whitelist: jsonText(p.WhitelistURLs),
	}
}

// form encodes what go-querystring makes of w, without a map that has to be filled and
// sorted: on exam day this is the call that there is most of.
func (w createWire) form() string {
	f := make(form, 0, 1024)
	w.studentWire.addTo(&f)
	f.set("reservation_id", w.ID)
	f.add("reservation_no", w.Number)
	f.set("start_date", w.Start.text())
	f.set("duration", strconv.Itoa(w.Duration))
	f.set("description", w.Description)
	f.add("notes", w.Notes)
	f.add("comments", w.Comments)
	f.add("exam_url", w.ExamURL)
	f.add("exam_password", w.ExamPassword)
	f.add("url_return", w.ReturnURL)
	f.set("takeitnow", string(w.TakeItNow))
	f.add("notify", string(w.Notify))
	f.add("update", string(w.UpdateProfile))
	f.add("active", string(w.Active))
	f.add("preset", w.Preset)
	f.add("department_id", w.DepartmentID)
	f.add("courseno", w.CourseNo)
	f.add("permitted_resources_list", w.PermittedResources)
	f.add("other_notes", w.OtherNotes)
	f.add("instructors", w.Instructors)
	f.add("whitelist_urls", w.Whitelist)
	return string(f)
}

func (p CreateReservationParams) validate(v *validation, c *core) {
	v.reservationID("ID", p.ID)
	p.Student.validate(v)
	v.start("Start", p.Start, c.now(), p.TakeItNow)
	v.duration("Duration", p.Duration)
	v.required("Description", p.Description, maxDescription)
	v.lines("Notes", p.Notes)
	v.lines("Comments", p.Comments)
	v.url("ExamURL", p.ExamURL)
	v.line("ExamPassword", p.ExamPassword.Reveal(), 0)
	v.returnURL("ReturnURL", p.ReturnURL, c.set.returnHosts)
	v.choice("Notify", p.Notify)
	v.preset("Preset", p.Preset)
	v.digits("DepartmentID", p.DepartmentID)
	v.line("CourseNo", p.CourseNo, 0)
	v.instructors(p.Instructors)
	v.resources("PermittedResources", p.PermittedResources)
	v.lines("OtherNotes", p.OtherNotes)
	for _, page := range p.WhitelistURLs {
		v.page("WhitelistURLs", page)
	}
}

// UpdateReservationParams is a reservation with what shall be true of it from now on.
type UpdateReservationParams struct {
	CreateReservationParams               // ID is the id under which the reservation was made
	Number                  ReservationNo // the reservation to change
}

func (p UpdateReservationParams) wire() createWire {
	w := p.CreateReservationParams.wire()
	w.Number = string(p.Number)
	return w
}

// MoveReservationParams are the parameters of [ReservationsService.Move].
type MoveReservationParams struct {
	ID        string        // the id under which the reservation was made
	Number    ReservationNo // the reservation to move
	Start     time.Time     // the new start: any zone, whole seconds, not in the past
	ReturnURL string        // where the learner goes after scheduling; https, see WithReturnHosts
	Notify    Choice        // mail the learner; by default the provider does
}

type moveWire struct {
	ID        string   `url:"reservation_id"`
	Number    string   `url:"reservation_no"`
	Start     wireTime `url:"start_date"`
	ReturnURL string   `url:"url_return,omitempty"`
	Notify    wireFlag `url:"notify,omitempty"`
}

func (p MoveReservationParams) wire() moveWire {
	return moveWire{ID: p.ID, Number: string(p.Number), Start: wireTime(p.Start), ReturnURL: p.ReturnURL, Notify: wireFlag(p.Notify)}
}

func (p MoveReservationParams) validate(c *core) error {
	v := validation{op: opReservationsMove.name}
	v.reservationID("ID", p.ID)
	v.number("Number", p.Number)
	v.start("Start", p.Start, c.now(), false)
	v.returnURL("ReturnURL", p.ReturnURL, c.set.returnHosts)
	v.choice("Notify", p.Notify)
	return v.err()
}

// Reservation is the provider's answer about a reservation that it made or
// changed.
type Reservation struct {
	ID      string        // your id, as the provider repeats it
	Number  ReservationNo // the provider's, needed to cancel, move and begin; after a move it may be another
	Balance Money         // what the learner has to pay
	URL     SecretURL     // signs the learner in: the reservations, or an order page if there is something to pay; may be zero

	// URLRefused reports that a URL came and was dropped, because it is not https
	// or leads to a host that is not allowed. The reservation stands all the
	// same.
	URLRefused bool
	Raw        RawJSON // the data of the answer as the provider sent them
}

type reservationWire struct {
	ID          text          `json:"reservation_id"`
	Number      ReservationNo `json:"reservation_no"`
	OtherNumber ReservationNo `json:"reservation_number"` // as another method of the service calls it
	Balance     Money         `json:"balance"`
	URL         text          `json:"url"`
}

// readReservation reads the answer for the reservation id that was sent.
func (c *core) readReservation(sent string) func(data []byte) (*Reservation, error) {
	return func(data []byte) (*Reservation, error) {
		var w reservationWire
		if !isObject(data) || wirejson.Unmarshal(data, &w) != nil {
			return nil, ErrNumberMissing
		}
		if isOtherID(w.ID, sent) {
			return nil, ErrOtherID
		}
		return c.reservation(w, data)
	}
}

// isOtherID reports whether an answer names another id than was sent: it may be the
// answer to another call. One that names none is taken for ours.
func isOtherID(echo text, sent string) bool {
	id := strings.TrimSpace(string(echo))
	return id != "" && id != strings.TrimSpace(sent)
}

// reservation insists on a number: without it the reservation can't be canceled.
func (c *core) reservation(w reservationWire, data []byte) (*Reservation, error) {
	r := &Reservation{ID: string(w.ID), Number: w.Number, Balance: w.Balance, Raw: RawJSON(data)}
	if r.Number == "" {
		r.Number = w.OtherNumber
	}
	if r.Number == "" {
		return nil, ErrNumberMissing
	}
	var err error
	r.URL, err = c.secretURL(string(w.URL))
	r.URLRefused = err != nil
	return r, nil
}

var (
	opReservationsCreate = post("Reservations.Create", "/addAdHocProcess", proctorbook.Write)
	opReservationsUpdate = post("Reservations.Update", "/addAdHocProcess", proctorbook.Write)
	opReservationsMove   = post("Reservations.Move", "/moveReservation", proctorbook.Write)
)

// Create makes a reservation, and the learner's record if it is new. The client
// never sends it again once it may have arrived.
//
// It fails with a [*proctorbook.ValidationError] before anything is sent, with
// [ErrOverlap] if the learner is busy then or the slot is gone, and with
// [ErrReservationIDExists] if the id was used before: after an answer that was
// lost this means that the reservation was made. With
// [proctorbook.ErrOutcomeUnknown] it may have been made: look with List, and send
// the same id again. [ErrOtherID] is such an error: the answer names the id of
// another reservation.
//
// Endpoint: POST /addAdHocProcess.
func (s *ReservationsService) Create(ctx context.Context, params CreateReservationParams) (*Reservation, error) {
	v := validation{op: opReservationsCreate.name}
	params.validate(&v, s.core)
	if err := v.err(); err != nil {
		return nil, err
	}
	return callValues(ctx, s.core, opReservationsCreate.with(params.wire()), nil, s.core.readReservation(params.ID))
}

// Update changes a reservation to what params hold, its start included. The
// number in the answer may be a new one.
//
// It fails as [ReservationsService.Create] does, and with
// [ErrReservationNotFound] or [ErrAlreadyCanceled] for a number that is not, or
// no longer, active.
//
// Endpoint: POST /addAdHocProcess.
func (s *ReservationsService) Update(ctx context.Context, params UpdateReservationParams) (*Reservation, error) {
	v := validation{op: opReservationsUpdate.name}
	params.CreateReservationParams.validate(&v, s.core)
	v.number("Number", params.Number)
	if err := v.err(); err != nil {
		return nil, err
	}
	return callValues(ctx, s.core, opReservationsUpdate.with(params.wire()), nil, s.core.readReservation(params.ID))
}

// Move gives an unused reservation another start. The provider documents it for
// reservations whose start has passed; whether it moves others is not certain,
// and [ReservationsService.Update] does. The number in the answer may be a new one.
//
// It fails as [ReservationsService.Update] does, and with [ErrForeignReservation]
// for a number of another institution.
//
// Endpoint: POST /moveReservation.
func (s *ReservationsService) Move(ctx context.Context, params MoveReservationParams) (*Reservation, error) {
	if err := params.validate(s.core); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opReservationsMove, params.wire(), s.core.readReservation(params.ID))
}

// Format prints only the id, the start and the duration.
func (p CreateReservationParams) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.summary()) }

// LogValue returns only the id, the start and the duration.
func (p CreateReservationParams) LogValue() slog.Value { return slog.StringValue(p.summary()) }

func (p CreateReservationParams) summary() string {
	return fmt.Sprintf("reservation %q at %s for %s", p.ID, p.Start.UTC().Format(time.RFC3339), p.Duration)
}

// CreateForExamParams are the parameters of [ReservationsService.CreateForExam].
type CreateForExamParams struct {
	ID        string        // reservation id, chosen by you and the same on every try; up to 50 of A-Z a-z 0-9 . _ -
	StudentID string        // the learner, whom the provider must know: see Students.Save
	ExamID    string        // your id of the exam, see Exams.Save
	Start     time.Time     // any zone, whole seconds, not in the past
	Number    ReservationNo // a reservation to be changed; "" = make a new one
	Comments  string        // from the learner
	TakeItNow bool          // on demand instead of a free slot; Start may be now
	ReturnURL string        // where the learner goes after scheduling; https, see WithReturnHosts
}

type createForExamWire struct {
	StudentID string   `url:"student_id"`
	ExamID    string   `url:"exam_id"`
	Start     wireTime `url:"start_date"`
	ID        string   `url:"reservation_id"`
	Number    string   `url:"reservation_no,omitempty"`
	Comments  string   `url:"comments,omitempty"`
	TakeItNow wireFlag `url:"takeitnow"`
	ReturnURL string   `url:"url_return,omitempty"`
}

func (p CreateForExamParams) wire() createForExamWire {
	return createForExamWire{
		StudentID: p.StudentID, ExamID: p.ExamID, Start: wireTime(p.Start), ID: p.ID, Number: string(p.Number),
		Comments: p.Comments, TakeItNow: yesOrNo(p.TakeItNow), ReturnURL: p.ReturnURL,
	}
}

func (p CreateForExamParams) validate(c *core) error {
	v := validation{op: opReservationsCreateForExam.name}
	v.reservationID("ID", p.ID)
	v.required("StudentID", p.StudentID, maxStudentID)
	v.required("ExamID", p.ExamID, 0)
	v.start("Start", p.Start, c.now(), p.TakeItNow)
	v.optionalNumber("Number", p.Number)
	v.lines("Comments", p.Comments)
	v.returnURL("ReturnURL", p.ReturnURL, c.set.returnHosts)
	return v.err()
}

var opReservationsCreateForExam = post("Reservations.CreateForExam", "/addProcess", proctorbook.Write)

// CreateForExam makes a reservation for an exam of the institution's list. Title,
// duration and notes are the exam's.
//
// It fails as [ReservationsService.Create] does, with [ErrExamNotFound] for an
// exam that the provider does not know, and with [ErrStudentNotFound]: unlike
// Create it makes no record of the learner.
//
// Endpoint: POST /addProcess.
func (s *ReservationsService) CreateForExam(ctx context.Context, params CreateForExamParams) (*Reservation, error) {
	if err := params.validate(s.core); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opReservationsCreateForExam, params.wire(), s.core.readReservation(params.ID))
}

// CancelReservationParams are the parameters of [ReservationsService.Cancel]. The
// reservation is named by its number, or as the learner's reservation of an exam.
type CancelReservationParams struct {
	StudentID   string        // the learner's id
	Number      ReservationNo // the provider's number; "" with ExamID
	ExamID      string        // your id of the exam, in place of the number; clients send it for exams of CreateForExam, Exams.Launch and RecordPlus.Create
	Explanation string        // why; some accounts seem to require one
}

type cancelWire struct {
	StudentID   string `url:"student_id"`
	Number      string `url:"reservation_no,omitempty"`
	ExamID      string `url:"exam_id,omitempty"`
	Explanation string `url:"explanation,omitempty"`
}

func (p CancelReservationParams) wire() cancelWire {
	return cancelWire{StudentID: p.StudentID, Number: string(p.Number), ExamID: p.ExamID, Explanation: p.Explanation}
}

func (p CancelReservationParams) validate() error {
	v := validation{op: opReservationsCancel.name}
	v.required("StudentID", p.StudentID, maxStudentID)
	switch {
	case p.ExamID == "" && p.Number == "":
		v.add("Number", "is missing, and so is ExamID: give one of the two")
	case p.ExamID == "":
		v.number("Number", p.Number)
	case p.Number != "":
		v.add("ExamID", "must not be given together with Number")
	default:
		v.required("ExamID", p.ExamID, 0)
	}
	v.lines("Explanation", p.Explanation)
	return v.err()
}

// Cancellation is the provider's answer about a reservation that it canceled.
type Cancellation struct {
	OnAccount Money   // credit of the learner
	Balance   Money   // what is left to pay, if the provider tells
	Raw       RawJSON // the data of the answer as the provider sent them
}

type cancellationWire struct {
	OnAccount Money `json:"onaccount"`
	Balance   Money `json:"balance"`
}

// readCancellation requires an object: after a removal the provider does not
// answer with data null.
func readCancellation(data []byte) (*Cancellation, error) {
	var w cancellationWire
	if !isObject(data) || json.Unmarshal(data, &w) != nil {
		return nil, ErrBadData
	}
	return &Cancellation{OnAccount: w.OnAccount, Balance: w.Balance, Raw: RawJSON(data)}, nil
}

// BeginReservationParams are the parameters of [ReservationsService.Begin].
type BeginReservationParams struct {
	StudentID string        // the learner's id
	ID        string        // the id under which the reservation was made
	Number    ReservationNo // the provider's number
}

type beginWire struct {
	StudentID string `url:"student_id"`
	ID        string `url:"reservation_id"`
	Number    string `url:"reservation_no,omitempty"`
}

func (p BeginReservationParams) wire() beginWire {
	return beginWire{StudentID: p.StudentID, ID: p.ID, Number: string(p.Number)}
}

func (p BeginReservationParams) validate() error {
	v := validation{op: opReservationsBegin.name}
	v.required("StudentID", p.StudentID, maxStudentID)
	v.reservationID("ID", p.ID)
	v.optionalNumber("Number", p.Number)
	return v.err()
}

var (
	opReservationsCancel = postKept("Reservations.Cancel", "/removeReservation", proctorbook.Write)
	opReservationsBegin  = postKept("Reservations.Begin", "/beginReservation", proctorbook.Write)
)

// Cancel cancels a reservation. The client does not send it again once it may
// have arrived, though a second cancel of a number would do no harm. Of a learner who
// has several reservations of the exam, ExamID leaves it to the provider which one it
// cancels: this is not documented.
//
// It fails with [ErrAlreadyCanceled] if the reservation was canceled before,
// which is as good as done; with [ErrReservationNotFound], which proves neither
// that it exists nor that it does not; and with [proctorbook.ErrOutcomeUnknown]
// if no answer came, or one without data ([ErrBadData] too).
//
// Endpoint: POST /removeReservation.
func (s *ReservationsService) Cancel(ctx context.Context, params CancelReservationParams) (*Cancellation, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opReservationsCancel, params.wire(), readCancellation)
}

// Begin starts a session and returns the URL at which the learner enters it.
//
// It fails with [ErrTooEarly] until shortly before the start (how long before is
// not documented), with [ErrNoURL] if the answer holds no URL and with
// [ErrUnsafeURL] if its URL must not be opened; both are
// [proctorbook.ErrOutcomeUnknown] too. Call it again to get another URL.
//
// Endpoint: POST /beginReservation.
func (s *ReservationsService) Begin(ctx context.Context, params BeginReservationParams) (*Launch, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opReservationsBegin, params.wire(), s.core.readLaunch)
}
