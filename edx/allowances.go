package edx

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/typed"
)

// AllowanceKey is what an allowance changes. The platform may have others.
type AllowanceKey string

// The allowances that the platform has today.
const (
	AllowanceExtraTime      AllowanceKey = "additional_time_granted" // Value is a number of minutes
	AllowanceException      AllowanceKey = "review_policy_exception" // Value is a text for the reviewers
	AllowanceTimeMultiplier AllowanceKey = "time_multiplier"         // only in SetAllowances: a number above 1, turned into minutes
)

// Allowance is an exception made for one learner in one exam. There is at most
// one of each key.
type Allowance struct {
	ID       int64        // the allowance's own id
	Learner  Person       // for whom the exception is made
	Exam     Exam         // in which exam
	Key      AllowanceKey // what it changes
	Value    string       // by how much: see the keys
	Created  time.Time    // UTC
	Modified time.Time    // UTC
	Problem  *RowError    `json:",omitempty"` // what could not be read; nil if everything was
}

// ExtraTime returns the time that the allowance adds, 0 if it is of another key. The
// platform takes digits of every script, and counts at most 24 hours.
//
// It fails with [*proctorbook.ValidationError] if the value is no number of minutes.
// It does not say how much time the learner should have: don't take it for none.
func (a Allowance) ExtraTime() (time.Duration, error) {
	if a.Key != AllowanceExtraTime {
		return 0, nil
	}
	text := typed.Digits(a.Value)
	if !isDecimal(text) {
		return 0, invalid("value", "must be a number of minutes").refuse("Allowance.ExtraTime")
	}
	const most = 24 * 60
	minutes, err := strconv.Atoi(text)
	if err != nil || minutes > most { // an error is a number of more digits than an int has
		minutes = most
	}
	return time.Duration(minutes) * time.Minute, nil
}

type allowanceWire struct {
	row
	ID       intValue   `json:"id"`
	Learner  personWire `json:"user"`
	Exam     examWire   `json:"proctored_exam"`
	Key      textValue  `json:"key"`
	Value    textValue  `json:"value"`
	Created  timeValue  `json:"created"`
	Modified timeValue  `json:"modified"`
}

// Allowances returns the allowances in the exams of a course. The client must be
// staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden].
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/{course}/allowance.
func (s *SpecialExamsService) Allowances(ctx context.Context, course CourseKey) ([]Allowance, error) {
	return fetchList(ctx, s.core, operation{
		name: "SpecialExams.Allowances", input: checkCourse(course),
		family: proctoring, path: proctoringPath + course.path() + "/allowance",
	}, allowanceWire.allowance)
}

// AllowancesByUser returns the allowances in the exams of a course by user name.
// The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden].
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/{course}/grouped/allowance.
func (s *SpecialExamsService) AllowancesByUser(ctx context.Context, course CourseKey) (map[string][]Allowance, error) {
	answer, err := fetch[allowanceGroupsWire](ctx, s.core, operation{
		name: "SpecialExams.AllowancesByUser", input: checkCourse(course),
		family: proctoring, long: true,
		path: proctoringPath + course.path() + "/grouped/allowance",
	})
	if err != nil {
		return nil, err
	}
	groups := make(map[string][]Allowance, len(*answer))
	for username, group := range *answer {
		groups[username] = convert(group, allowanceWire.allowance)
	}
	return groups, nil
}

// SetAllowanceParams are the parameters of [SpecialExamsService.SetAllowance].
type SetAllowanceParams struct {
	ExamID int64        // Exam.ID
	User   string       // user name or e-mail address; digits alone are the user of that name, or else an Account.ID
	UserID int64        // Account.ID, instead of User
	Key    AllowanceKey // what it changes; AllowanceTimeMultiplier is for SetAllowances only
	Value  string       // minutes as digits for AllowanceExtraTime
}

// SetAllowance makes an exception for a learner, or replaces the one with the
// same key. The client must be staff of the course.
//
// The platform takes a text for a name, whatever it is. So a User of digits alone
// costs a call more, which asks whether there is a user of that name.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrUserUnknown], with [ErrForbidden], and with status 400 and no reason if the exam
// is not active. For an unknown exam most releases break down, which looks like an
// outage: [ErrUnavailable].
//
// Endpoint: PUT /api/edx_proctoring/v1/proctored_exam/allowance.
func (s *SpecialExamsService) SetAllowance(ctx context.Context, params SetAllowanceParams) error {
	const name = "SpecialExams.SetAllowance"
	if err := params.check().refuse(name); err != nil {
		return err
	}
	user, err := s.userInfo(ctx, name, params)
	if err != nil {
		return nothingSent(err)
	}
	return perform(ctx, s.core, operation{
		name: name, family: proctoring, method: http.MethodPut,
		class: proctorbook.IdempotentWrite, path: proctoringPath + "allowance",
		body: map[string]any{"exam_id": params.ExamID, "user_info": user, "key": params.Key, "value": params.Value},
	})
}

// userInfo returns a number for an id: the platform takes a text for a name. Names have
// two letters or more.
func (s *SpecialExamsService) userInfo(ctx context.Context, op string, params SetAllowanceParams) (any, error) {
	if params.UserID != 0 {
		return params.UserID, nil
	}
	id, err := strconv.ParseInt(params.User, 10, 64)
	if err != nil || id <= 0 || !isDecimal(params.User) {
		return params.User, nil
	}
	if len(params.User) == 1 {
		return id, nil
	}
	_, err = fetch[accountWire](ctx, s.core, operation{name: op, path: accountsPath + "/" + pathPart(params.User), empty404: ErrUserUnknown})
	switch {
	case errors.Is(err, ErrUserUnknown):
		return id, nil
	case err != nil:
		return nil, err
	}
	return params.User, nil
}

// RemoveAllowanceParams are the parameters of
// [SpecialExamsService.RemoveAllowance].
type RemoveAllowanceParams struct {
	ExamID int64        // Exam.ID
	UserID int64        // Person.ID of the learner
	Key    AllowanceKey // which of the exceptions
}

// RemoveAllowance removes an exception, if there is one. The client must be staff
// of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden]. For an unknown exam and a client that is staff of the course alone
// the platform breaks down, which looks like an outage: [ErrUnavailable].
//
// Endpoint: DELETE /api/edx_proctoring/v1/proctored_exam/allowance.
func (s *SpecialExamsService) RemoveAllowance(ctx context.Context, params RemoveAllowanceParams) error {
	return perform(ctx, s.core, operation{
		name: "SpecialExams.RemoveAllowance", input: all(checkID("exam id", params.ExamID), checkID("user id", params.UserID), checkText("key", string(params.Key), maxKeyChars)),
		family: proctoring, method: http.MethodDelete,
		class: proctorbook.IdempotentWrite, path: proctoringPath + "allowance",
		body: map[string]any{"exam_id": params.ExamID, "user_id": params.UserID, "key": params.Key},
	})
}

// SetAllowancesParams are the parameters of [SpecialExamsService.SetAllowances].
type SetAllowancesParams struct {
	Course  CourseKey    // of the exams: the platform looks here whether the client is its staff
	ExamIDs []int64      // 1 to 100
	Users   []string     // 1 to 100 user names or e-mail addresses, without white space: for such a name call SetAllowance
	Key     AllowanceKey // what it changes
	Value   string       // minutes as digits for AllowanceExtraTime, a number above 1 for AllowanceTimeMultiplier
}

// SetAllowances makes the same exception for every learner in every exam of the
// params. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrPartlyDone] if the platform did only a part, without telling which, with
// [ErrUserUnknown] if it did nothing (it knows none of the users, or, which it words
// the same way, none of the exams), and with [ErrForbidden].
//
// Endpoint: PUT /api/edx_proctoring/v1/proctored_exam/bulk_allowance.
func (s *SpecialExamsService) SetAllowances(ctx context.Context, params SetAllowancesParams) error {
	ids := make([]string, len(params.ExamIDs))
	for i, id := range params.ExamIDs {
		ids[i] = number(id)
	}
	op := operation{
		name: "SpecialExams.SetAllowances", input: params.check(),
		family: proctoring, method: http.MethodPut,
		class: proctorbook.IdempotentWrite, path: proctoringPath + "bulk_allowance",
		body: map[string]any{
			"exam_ids": strings.Join(ids, ","), "user_ids": strings.Join(params.Users, ","),
			"allowance_type": params.Key, "value": params.Value, "course_id": params.Course,
		},
	}
	resp, err := exchange(ctx, s.core, op)
	switch {
	case err != nil:
		return err
	case resp.Status == http.StatusMultiStatus:
		return &Error{Op: op.name, Status: resp.Status, Reason: ErrPartlyDone, outcome: proctorbook.ErrOutcomeUnknown}
	case isHTML(resp.Header, resp.Body):
		return notJSON(op, resp, "it is a page")
	}
	return nil
}

func (p SetAllowanceParams) check() faults {
	return all(checkID("exam id", p.ExamID), p.checkUser(), p.checkKey(), checkAllowance(p.Key, p.Value))
}

// checkKey refuses what the platform would store and never look at.
func (p SetAllowanceParams) checkKey() faults {
	if p.Key == AllowanceTimeMultiplier {
		return invalid("key", "must not be a time multiplier: that is for SetAllowances only")
	}
	return nil
}

func (p SetAllowanceParams) checkUser() faults {
	switch {
	case p.UserID == 0:
		return checkText("user", p.User, 254)
	case p.User != "":
		return invalid("user", "must not be set beside the user id")
	}
	return checkID("user id", p.UserID)
}

func (p SetAllowancesParams) check() faults {
	found := checkRange("number of exam ids", len(p.ExamIDs), 1, maxListed)
	for _, id := range p.ExamIDs {
		found = append(found, checkID("exam id", id)...)
	}
	users := checkEach("users", p.Users, func(user string) faults {
		if strings.Contains(user, ",") || strings.ContainsFunc(user, unicode.IsSpace) {
			return invalid("user", "must hold neither a comma nor white space, which the platform drops")
		}
		return checkText("user", user, 254)
	})
	return all(found, users, p.checkValue(), checkCourse(p.Course))
}

func (p SetAllowancesParams) checkValue() faults {
	if p.Key != AllowanceTimeMultiplier {
		return checkAllowance(p.Key, p.Value)
	}
	factor, err := strconv.ParseFloat(p.Value, 64)
	if err != nil || !(factor > 1 && factor <= 100) {
		return invalid("value", "must be a number above 1, and at most 100")
	}
	return nil
}

func checkAllowance(key AllowanceKey, value string) faults {
	if key == AllowanceExtraTime && (!isDecimal(value) || len(value) > 4) {
		return invalid("value", "must be a number of minutes, of at most four digits")
	}
	return all(checkText("key", string(key), maxKeyChars), checkText("value", value, maxKeyChars))
}

func (w allowanceWire) missing() string {
	if w.Key == "" {
		return "key"
	}
	return ""
}

func (w allowanceWire) allowance() Allowance {
	return Allowance{
		ID: int64(w.ID), Learner: w.Learner.person(), Exam: w.Exam.exam(), Key: AllowanceKey(w.Key), Value: string(w.Value),
		Created: w.Created.Time, Modified: w.Modified.Time, Problem: w.problem,
	}
}

type allowanceGroupsWire map[string]list[allowanceWire]

func (w allowanceGroupsWire) missing() string { return "" }
