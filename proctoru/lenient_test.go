package proctoru_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// answers are the documented answers with every field that is known, in odd but
// legal types, and what the client makes of them.
var answers = []struct {
	file  string
	wire  string
	call  func(context.Context, *proctoru.Client) (any, error)
	empty []string // fields that this answer leaves empty
}{
	{"reservations/create_ok.json", createEndpoint, func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Reservations.Create(ctx, tuesdayTwoInParis)
	}, []string{"URLRefused"}},
	{"reservations/create_for_exam_ok.json", "POST /addProcess", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Reservations.CreateForExam(ctx, forExam)
	}, []string{"URLRefused"}},
	{"reservations/list_full.json", "GET /getStudentReservationList", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Reservations.ListAll(ctx, "")
	}, nil},
	{"reservations/authenticated.json", "GET /getIsReservationAuthenticated", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Reservations.Authenticated(ctx, "1")
	}, nil},
	{"students/profile.json", "GET /getStudentProfile", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Students.Get(ctx, "learner-7")
	}, nil},
	{"students/email_taken.json", "POST /getEmailExist", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Students.LookupEmail(ctx, ada.Email)
	}, nil},
	{"students/login_ok.json", "POST /autoLogin", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Students.LoginURL(ctx, adaSignsIn)
	}, nil},
	{"students/terms_of_service.json", "POST /getTOS", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Students.TermsOfService(ctx, "learner-7")
	}, nil},
	{"students/accommodations.json", "GET /accommodations", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Students.Accommodations(ctx)
	}, nil},
	{"exams/save_ok.json", "POST /editTermExam", func(ctx context.Context, c *proctoru.Client) (any, error) {
		exam := finalExam
		exam.ID = "demo_exam"
		return c.Exams.Save(ctx, exam)
	}, []string{"URLRefused"}},
	{"exams/launch_ok.json", "POST /addBlueBirdExam", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Exams.Launch(ctx, adaLaunches)
	}, nil},
	{"exams/launch_in_message.json", "POST /addBlueBirdExam", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Exams.Launch(ctx, adaLaunches)
	}, nil},
	{"exams/list.json", "POST /getScheduleInfoExamList", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Slots.Exams(ctx, proctoru.BookableExamsParams{StudentID: "learner-7", TermID: "7"})
	}, nil},
	{"exams/terms.json", "GET /getInstitutionTermList", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Exams.Terms(ctx, proctoru.ChoiceDefault)
	}, nil},
	{"exams/departments.json", "GET /getInstitutionDepartmentList", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Exams.Departments(ctx)
	}, nil},
	{"institution/save_user_ok.json", "POST /editInstitutionalUser", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.Institution.SaveUser(ctx, grace)
	}, nil},
	{"recordplus/create_ok.json", "POST /exams/add_record_plus_exams", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.RecordPlus.Create(ctx, adaIsRecorded)
	}, []string{"URLRefused"}},
	{"recordplus/create_under_data.json", "POST /exams/add_record_plus_exams", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return c.RecordPlus.Create(ctx, adaIsRecorded)
	}, []string{"URLRefused"}},
	{"reports/activity_full.json", activityEndpoint, func(ctx context.Context, c *proctoru.Client) (any, error) {
		return collect(c.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: "learner-7", KeepRaw: true}))
	}, nil},
	{"reports/pending.json", "POST /pendingExamReport", func(ctx context.Context, c *proctoru.Client) (any, error) {
		return collect(c.Reports.Pending(ctx, proctoru.PendingParams{StudentID: "learner-7"}))
	}, nil},
	{"timezones/list.json", "GET /getTimeZoneList", func(ctx context.Context, c *proctoru.Client) (any, error) {
		zones, err := c.TimeZones.List(ctx)
		return zones[:1], err
	}, nil},
}

// Every field of a result is read from somewhere.
func TestAnswers_everyField(t *testing.T) {
	t.Parallel()
	for _, tt := range answers {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply(tt.wire, tt.file)
			got, err := tt.call(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			if empty := emptyFields("", reflect.ValueOf(got)); !slices.Equal(empty, tt.empty) {
				t.Errorf("empty fields = %v, want %v", empty, tt.empty)
			}
		})
	}
}

// emptyFields lists the fields of a result, or of the first of its rows, that are zero.
func emptyFields(prefix string, v reflect.Value) (empty []string) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
		if v.Kind() == reflect.Slice {
			v = v.Index(0)
		} else {
			v = v.Elem()
		}
	}
	for i := range v.NumField() {
		f, value := v.Type().Field(i), v.Field(i)
		switch {
		case f.Anonymous:
			empty = append(empty, emptyFields(prefix, value)...)
		case value.IsZero():
			empty = append(empty, prefix+f.Name)
		}
	}
	return empty
}

// Values, for the answers that no other test reads: numbers in quotes, one row for
// a list, times, flags.
func TestAnswers_values(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, tt := range answers {
		client, provider := newTestClient(t)
		provider.Reply(tt.wire, tt.file)
		v, err := tt.call(t.Context(), client)
		got[tt.file] = fmt.Sprintf("%+v", must(t, v, err))
		switch v := v.(type) {
		case *proctoru.StudentProfile:
			got[tt.file] = fmt.Sprintln(v.ID, v.UserID, v.ZipCode, v.Phone3, v.Campus, v.TermsAccepted, v.HasImage, v.Active, v.OnAccount)
		case *proctoru.SavedExam:
			got[tt.file] = fmt.Sprintln(v.Number, v.ID, v.InviteURL)
		case []proctoru.PendingExam:
			got[tt.file] = fmt.Sprintln(v[0].StudentID, v[0].Number, v[0].End.Format(time.RFC3339))
		case []proctoru.Exam:
			got[tt.file] = fmt.Sprintln(v[0].TermID, v[0].Start.Format(time.DateOnly), v[0].TakeItNow)
		case []proctoru.Term:
			got[tt.file] = fmt.Sprintln(v[0].ID, v[0].Name)
		case *proctoru.Reservation:
			got[tt.file] = fmt.Sprintln(v.Number, v.Balance, v.URL)
		}
	}
	for file, want := range map[string]string{
		"students/profile.json":                "learner-7 a1b2c3d4 01234 33100000003 West true true true 12.50",
		"exams/save_ok.json":                   "5000001 demo_exam https://go.proctoru.com/REDACTED",
		"reports/pending.json":                 "7 900000515 2026-09-01T13:30:00Z",
		"exams/list.json":                      "7 2026-09-01 true",
		"exams/terms.json":                     "7 Autumn",
		"reservations/create_for_exam_ok.json": "900000516 8.50 https://demo.proctoru.com/REDACTED",
	} {
		if strings.TrimSpace(got[file]) != want {
			t.Errorf("%s = %q, want %q", file, got[file], want)
		}
	}
}

// Read only where it is the one way, and never invented: learners' records keep
// what the provider left out empty.
func TestStudentsGet_sparse(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("GET /getStudentProfile", envelope(`{"student_id": "learner-7", "address1": null, "hasimage": null}`))
	p, err := client.Students.Get(t.Context(), "learner-7")
	if must(t, p, err); p.ID != "learner-7" || p.HasImage || p.Address1 != "" || p.OnAccount != "" {
		t.Errorf("profile = %s", p.Raw.Reveal())
	}
	provider.Reply("GET /getStudentProfile", refusal("Student Not Found : Error count 0 of 50"))
	if _, err := client.Students.Get(t.Context(), "x"); said(err) != "no such learner, not done" {
		t.Errorf("Get = %v", err)
	}
	provider.ReplyStatus("GET /getStudentImage", http.StatusFound, "")
	if _, err := client.Students.Image(t.Context(), "x"); said(err) != "redirect" {
		t.Errorf("Image = %v, want ErrRedirect: it is not followed", err)
	}
}

// A list of one may come as its only row, and texts may hold any script.
func TestLenientTexts(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("GET /getStudentReservationList", envelope(`{"description": "Prüfung \u00e9 \"x\"", "test": 7, "exam_id": true, "courseno": {"a": 1}, "start_date": " 2026-09-01T12:00:00.5+0200 "}`))
	rows, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "learner-7"})
	if err != nil || len(rows) != 1 {
		t.Fatalf("List = %v, %v", rows, err)
	}
	r := rows[0]
	if r.Description != `Prüfung é "x"` || r.Test != "7" || r.ExamID != "true" || r.CourseNo != "" {
		t.Errorf("row = %q %q %q %q", r.Description, r.Test, r.ExamID, r.CourseNo)
	}
	if got := r.Start.Format("15:04:05.0"); got != "10:00:00.5" {
		t.Errorf("Start = %s, want 10:00:00.5 UTC", got)
	}
	for text, want := range map[string]string{
		"2026-09-01T12:00:00": "12:00", "2026-09-01 12:00:00": "12:00", "2026-09-01T12:00:00.123Z": "12:00", "2026-09-01T12:00:00-05:00": "17:00",
	} {
		provider.Reply("GET /getStudentReservationList", envelope(`[{"start_date": "`+text+`"}]`))
		rows, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: "learner-7"})
		if err != nil || !strings.HasPrefix(rows[0].Start.Format("15:04"), want) {
			t.Errorf("start_date %q = %v, %v, want %s", text, rows, err, want)
		}
	}
}
