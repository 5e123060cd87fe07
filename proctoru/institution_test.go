package proctoru_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// grace is a user of the institution, every field of whom is a canary that must not leak.
var grace = proctoru.InstitutionUser{
	FirstName: "Grace", LastName: "Teacherova", Email: "grace@example.org", Address1: "2 Secret Street", City: "Rueil-Exemple", State: "Ile-Test",
	ZipCode: "ZIP-0042", Country: "FR", Phone: "+33100000001", ZoneID: "romance standard time", Role: proctoru.RoleInstructor, Password: "Canary-password-1",
}

func TestInstitutionSaveUser(t *testing.T) {
	t.Parallel()
	unknown := proctorbook.ErrOutcomeUnknown
	for name, tt := range map[string]struct {
		reply       string
		want        string
		wantErr     error
		wantOutcome error
	}{
		"saved, as recorded":     {reply: "institution/save_user_ok.json", want: "School of API"},
		"saved, nothing told":    {reply: envelope(`{}`)},
		"an unknown zone":        {reply: refusal("TimeZone not found. : Error count 0 of 50"), wantErr: proctoru.ErrTimeZoneNotFound, wantOutcome: proctorbook.ErrNotDone},
		"unknown words":          {reply: refusal("Email has been taken"), wantErr: unknown, wantOutcome: unknown},
		"success without data":   {reply: `{"response_code": 1, "message": ""}`, wantErr: proctoru.ErrBadData, wantOutcome: unknown},
		"success with data null": {reply: envelope(`null`), wantErr: proctoru.ErrBadData, wantOutcome: unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply("POST /editInstitutionalUser", tt.reply)
			got, err := client.Institution.SaveUser(t.Context(), grace)
			if !errors.Is(err, tt.wantErr) || !errors.Is(err, tt.wantOutcome) {
				t.Fatalf("SaveUser error = %v, want %v, %v", err, tt.wantErr, tt.wantOutcome)
			}
			if err == nil && got.Institution != tt.want {
				t.Errorf("Institution = %q, want %q", got.Institution, tt.want)
			}
			compareForm(t, provider.Last(t, "POST /editInstitutionalUser").Form, map[string]string{
				"user_password": "Canary-password-1", "first_name": "Grace", "last_name": "Teacherova", "email": "grace@example.org", "address1": "2 Secret Street",
				"city": "Rueil-Exemple", "state": "Ile-Test", "zipcode": "ZIP-0042", "country": "FR", "phone1": "+33100000001",
				"time_zone_id": "Romance Standard Time", "role": "instructor", "time_sent": "2026-08-20T09:00:00Z",
			})
		})
	}
}

// That the answer is an array is known, and not whether it has an envelope around it.
func TestExamsDepartments(t *testing.T) {
	t.Parallel()
	const rows = `[{"department_id": 100000001, "department_name": "Mathematics"}, {"department_id": "100000002"}]`
	for name, tt := range map[string]struct {
		reply string
		want  string
		err   error
	}{
		"in an envelope":          {envelope(rows), "100000001 Mathematics, 100000002 ", nil},
		"a bare array":            {"\ufeff " + rows + "\n", "100000001 Mathematics, 100000002 ", nil},
		"an empty one":            {envelope(`[]`), "", nil},
		"a bare empty one":        {`[]`, "", nil},
		"no data":                 {`{"response_code": 1, "message": ""}`, "", proctoru.ErrNoList},
		"data null":               {envelope(`null`), "", proctoru.ErrNoList},
		"null":                    {`null`, "", proctoru.ErrBadEnvelope},
		"an object, no envelope":  {`{"departments": ` + rows + `}`, "", proctoru.ErrBadEnvelope},
		"a bare array of no rows": {`[1]`, "", proctoru.ErrBadData},
		"an array that is cut":    {`[{"department_id": 1}`, "", proctoru.ErrNotJSON},
		"an array, and more":      {`[] []`, "", proctoru.ErrNotJSON},
		"a refusal":               {refusal("stale request"), "", proctoru.ErrStaleRequest},
	} {
		client, _ := mocked(t, "GET /getInstitutionDepartmentList", http.StatusOK, tt.reply)
		all, err := client.Exams.Departments(t.Context())
		var got []string
		for _, d := range all {
			got = append(got, d.ID+" "+d.Name)
		}
		if strings.Join(got, ", ") != tt.want || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%s: %q, %v, want %q, %v", name, got, err, tt.want, tt.err)
		}
	}
}

// Whether a second call makes a second user is not known: what may have arrived is
// not sent again.
func TestInstitutionSaveUser_once(t *testing.T) {
	t.Parallel()
	user := grace
	user.Password, user.Role = "", proctoru.RoleAdministrator
	client, mock := mocked(t, "POST /editInstitutionalUser", http.StatusBadGateway, "<html>")
	if _, err := client.Institution.SaveUser(t.Context(), user); !errors.Is(err, proctorbook.ErrOutcomeUnknown) || mock.GetTotalCallCount() != 1 {
		t.Errorf("SaveUser = %v after %d requests, want an unknown outcome after 1", err, mock.GetTotalCallCount())
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{user, &user, grace, user.LogValue()} {
			for _, canary := range []string{"Grace", "Teacherova", "grace@", "Secret", "Rueil", "Ile-", "0042", "3310", "Canary"} {
				if text := fmt.Sprintf(verb, v); strings.Contains(text, canary) {
					t.Errorf("printed with %s it shows %s", verb, canary)
				}
			}
		}
	}
}
