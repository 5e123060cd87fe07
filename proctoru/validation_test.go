package proctoru_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// fieldsOf returns the fields that a validation error names.
func fieldsOf(err error) []string {
	var fields []string
	if v, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		for _, f := range v.Fields {
			fields = append(fields, f.Field)
		}
	}
	return fields
}

func TestCreateValidation(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("é", n) } // two bytes each: limits count characters
	type params = proctoru.CreateReservationParams
	tests := map[string]struct {
		change func(*params)
		want   string // the one field that is wrong, "" = none
	}{
		"as it is":              {func(p *params) {}, ""},
		"student id of 50":      {func(p *params) { p.Student.ID = long(50) }, ""},
		"student id of 51":      {func(p *params) { p.Student.ID = long(51) }, "Student.ID"},
		"no student id":         {func(p *params) { p.Student.ID = "" }, "Student.ID"},
		"student id of spaces":  {func(p *params) { p.Student.ID = "  " }, "Student.ID"},
		"first name of 50":      {func(p *params) { p.Student.FirstName = long(50) }, ""},
		"first name of 51":      {func(p *params) { p.Student.FirstName = long(51) }, "Student.FirstName"},
		"no first name":         {func(p *params) { p.Student.FirstName = "" }, "Student.FirstName"},
		"last name of 51":       {func(p *params) { p.Student.LastName = long(51) }, "Student.LastName"},
		"no last name":          {func(p *params) { p.Student.LastName = "" }, "Student.LastName"},
		"a line feed in a name": {func(p *params) { p.Student.LastName = "A\nB" }, "Student.LastName"},
		"a name nobody sees":    {func(p *params) { p.Student.LastName = "\u200b\u3164" }, "Student.LastName"},
		"a name run backwards":  {func(p *params) { p.Student.LastName = "\u202eadA" }, "Student.LastName"},
		"notes run backwards":   {func(p *params) { p.Notes = "\u2067open\u2069" }, "Notes"},
		"broken UTF-8":          {func(p *params) { p.Student.LastName = "A\xff" }, "Student.LastName"},
		"email of 50":           {func(p *params) { p.Student.Email = long(44) + "@ex.fr" }, ""},
		"email of 51":           {func(p *params) { p.Student.Email = long(45) + "@ex.fr" }, "Student.Email"},
		"email without at":      {func(p *params) { p.Student.Email = "ada.example.org" }, "Student.Email"},
		"two emails":            {func(p *params) { p.Student.Email = "a@b.c,d@e.f" }, "Student.Email"},
		"no email":              {func(p *params) { p.Student.Email = "" }, "Student.Email"},
		"address of 100":        {func(p *params) { p.Student.Address1, p.Student.Address2 = long(100), long(100) }, ""},
		"address of 101":        {func(p *params) { p.Student.Address1 = long(101) }, "Student.Address1"},
		"second address of 101": {func(p *params) { p.Student.Address2 = long(101) }, "Student.Address2"},
		"city of 51":            {func(p *params) { p.Student.City = long(51) }, "Student.City"},
		"no address, abroad": {func(p *params) {
			p.Student.Address1, p.Student.City, p.Student.State, p.Student.ZipCode = "", "", "", ""
		}, ""},
		"no zip code in the US":        {func(p *params) { p.Student.Country, p.Student.ZipCode = "US", "" }, "Student.ZipCode"},
		"no street in the US":          {func(p *params) { p.Student.Country, p.Student.Address1 = "US", "" }, "Student.Address1"},
		"country in lower case":        {func(p *params) { p.Student.Country = "fr" }, "Student.Country"},
		"country of three":             {func(p *params) { p.Student.Country = "FRA" }, "Student.Country"},
		"no country":                   {func(p *params) { p.Student.Country = "" }, "Student.Country"},
		"phone of 16":                  {func(p *params) { p.Student.Phone = "+331000000000000" }, "Student.Phone"},
		"phone in words":               {func(p *params) { p.Student.Phone = "none" }, "Student.Phone"},
		"no phone":                     {func(p *params) { p.Student.Phone = "" }, "Student.Phone"},
		"an IANA zone":                 {func(p *params) { p.Student.ZoneID = "Europe/Paris" }, "Student.ZoneID"},
		"no zone":                      {func(p *params) { p.Student.ZoneID = "" }, "Student.ZoneID"},
		"a blank address, abroad":      {func(p *params) { p.Student.Address1 = "  " }, "Student.Address1"},
		"a blank second address":       {func(p *params) { p.Student.Address2 = "\u200b" }, "Student.Address2"},
		"a blank zone":                 {func(p *params) { p.Student.ZoneID = " \u200b" }, "Student.ZoneID"},
		"a zone with a space behind":   {func(p *params) { p.Student.ZoneID = "UTC " }, "Student.ZoneID"},
		"a zone of two lines":          {func(p *params) { p.Student.ZoneID = "UTC\n" }, "Student.ZoneID"},
		"a zone of 60":                 {func(p *params) { p.Student.ZoneID = long(60) }, ""},
		"a zone of 61":                 {func(p *params) { p.Student.ZoneID = long(61) }, "Student.ZoneID"},
		"a zone of the service alone":  {func(p *params) { p.Student.ZoneID = "Kamchatka Standard Time" }, ""},
		"zone UTC":                     {func(p *params) { p.Student.ZoneID = "UTC" }, ""},
		"id of 50":                     {func(p *params) { p.ID = strings.Repeat("a", 50) }, ""},
		"id of 51":                     {func(p *params) { p.ID = strings.Repeat("a", 51) }, "ID"},
		"id with a space":              {func(p *params) { p.ID = "a b" }, "ID"},
		"id with a slash":              {func(p *params) { p.ID = "a/b" }, "ID"},
		"id with a line feed":          {func(p *params) { p.ID = "ab\n" }, "ID"},
		"no id":                        {func(p *params) { p.ID = "" }, "ID"},
		"no start":                     {func(p *params) { p.Start = time.Time{} }, "Start"},
		"half a second":                {func(p *params) { p.Start = p.Start.Add(time.Second / 2) }, "Start"},
		"a start now":                  {func(p *params) { p.Start = now }, ""},
		"a start one second ago":       {func(p *params) { p.Start = now.Add(-time.Second) }, "Start"},
		"taken now, a second ago":      {func(p *params) { p.Start, p.TakeItNow = now.Add(-time.Second), true }, ""},
		"no duration":                  {func(p *params) { p.Duration = 0 }, "Duration"},
		"a duration of a day":          {func(p *params) { p.Duration = 24 * time.Hour }, ""},
		"a duration of more":           {func(p *params) { p.Duration = 24*time.Hour + time.Minute }, "Duration"},
		"half a minute":                {func(p *params) { p.Duration = 90 * time.Second }, "Duration"},
		"a negative duration":          {func(p *params) { p.Duration = -time.Hour }, "Duration"},
		"description of 255":           {func(p *params) { p.Description = long(255) }, ""},
		"description of 256":           {func(p *params) { p.Description = long(256) }, "Description"},
		"no description":               {func(p *params) { p.Description = "" }, "Description"},
		"notes of two lines":           {func(p *params) { p.Notes = "closed book\n\tno phone" }, ""},
		"an escape in the notes":       {func(p *params) { p.Notes = "\x1b[2J" }, "Notes"},
		"NUL in the comments":          {func(p *params) { p.Comments = "\x00" }, "Comments"},
		"a line feed in the password":  {func(p *params) { p.ExamPassword = "a\nb" }, "ExamPassword"},
		"an exam URL without a scheme": {func(p *params) { p.ExamURL = "lms.example.org/exam" }, "ExamURL"},
		"an exam URL with a password":  {func(p *params) { p.ExamURL = "https://a:b@lms.example.org/" }, "ExamURL"},
		"javascript":                   {func(p *params) { p.ReturnURL = "javascript:alert(1)" }, "ReturnURL"},
		"an unknown choice":            {func(p *params) { p.Notify = "maybe" }, "Notify"},
		"an unknown preset":            {func(p *params) { p.Preset = "highest" }, "Preset"},
		"a department in words":        {func(p *params) { p.DepartmentID = "math" }, "DepartmentID"},
		"a teacher without a name":     {func(p *params) { p.Instructors = []proctoru.Instructor{{LastName: "B", Email: "b@c.d"}} }, "Instructors.FirstName"},
		"a page that is no URL":        {func(p *params) { p.WhitelistURLs = []string{"https://a.example", ""} }, "WhitelistURLs"},
		"a page of javascript":         {func(p *params) { p.WhitelistURLs = []string{"javascript:alert(1)"} }, "WhitelistURLs"},
		"a comma in a resource":        {func(p *params) { p.PermittedResources = []string{"a,b"} }, "PermittedResources"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, provider := newTestClient(t)
			provider.Reply(createEndpoint, envelope(`{"reservation_no": 12}`))
			params := tuesdayTwoInParis
			tt.change(&params)

			_, err := client.Reservations.Create(t.Context(), params)

			if tt.want == "" {
				if err != nil {
					t.Errorf("Create: %v, want no error", err)
				}
				return
			}
			if got := fieldsOf(err); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("Create error = %v, want one about %s", err, tt.want)
			}
			if !errors.Is(err, proctorbook.ErrNotDone) || errors.Is(err, proctorbook.ErrOutcomeUnknown) {
				t.Errorf("Create error = %v, want ErrNotDone", err)
			}
			if n := len(provider.Requests(createEndpoint)); n != 0 {
				t.Errorf("%d requests were sent, want 0", n)
			}
		})
	}
}

// Every wrong field is named at once, and the error is a reason where it can be.
func TestValidation_listsAll(t *testing.T) {
	t.Parallel()
	client, _ := newTestClient(t)
	_, err := client.Reservations.Create(t.Context(), proctoru.CreateReservationParams{
		Start: now.Add(-time.Hour), Student: proctoru.Student{ZoneID: "Mars/Olympus_Mons"},
	})
	want := []string{
		"ID", "Student.ID", "Student.FirstName", "Student.LastName", "Student.Email", "Student.ZoneID",
		"Student.Country", "Student.Phone", "Start", "Duration", "Description",
	}
	if got := fieldsOf(err); !slices.Equal(got, want) {
		t.Errorf("fields = %v, want %v", got, want)
	}
	for _, reason := range []error{proctorbook.ErrNotDone, proctoru.ErrStartInPast, proctoru.ErrUnknownZone} {
		if !errors.Is(err, reason) {
			t.Errorf("errors.Is(err, %v) = false", reason)
		}
	}
	if text := err.Error(); strings.Contains(text, "Mars") || !strings.Contains(text, "Duration must be whole minutes, 1 to 1440") {
		t.Errorf("Error = %q, want limits and no values", text)
	}
}

func TestOtherValidation(t *testing.T) {
	t.Parallel()
	client, _ := newTestClient(t)
	ctx := t.Context()
	later := now.Add(time.Hour)
	tests := map[string]struct {
		call func() error
		want []string
	}{
		"slots, all wrong": {func() error {
			_, err := client.Slots.List(ctx, proctoru.SlotsParams{Number: "012"})
			return err
		}, []string{"ZoneID", "Start", "Duration", "Number"}},
		"slots of an exam, all wrong": {func() error {
			_, err := client.Slots.List(ctx, proctoru.SlotsParams{ExamID: "x", ZoneID: " ", Duration: time.Second})
			return err
		}, []string{"ZoneID", "Start", "Duration", "StudentID"}},
		"sign in, all wrong": {func() error {
			_, err := client.Students.LoginURL(ctx, proctoru.LoginURLParams{FirstName: " ", LastName: "\u200b", ZoneID: "\t", UpdateProfile: true})
			return err
		}, []string{"StudentID", "Email", "FirstName", "LastName", "ZoneID"}},
		"an exam that ends before it begins": {func() error {
			exam := finalExam
			exam.Start, exam.End = exam.End, exam.Start
			_, err := client.Exams.Save(ctx, exam)
			return err
		}, []string{"End"}},
		"an exam at half a second": {func() error {
			exam := finalExam
			exam.Start, exam.End = time.Time{}, exam.End.Add(time.Second/2)
			_, err := client.Exams.Save(ctx, exam)
			return err
		}, []string{"End"}},
		"a user, all wrong": {func() error {
			_, err := client.Institution.SaveUser(ctx, proctoru.InstitutionUser{Password: "a\nb", Role: "owner"})
			return err
		}, []string{"FirstName", "LastName", "Email", "ZoneID", "Address1", "City", "State", "ZipCode", "Country", "Phone", "Role", "Password"}},
		"move, all wrong": {func() error {
			_, err := client.Reservations.Move(ctx, proctoru.MoveReservationParams{ReturnURL: "x", Notify: "x"})
			return err
		}, []string{"ID", "Number", "Start", "ReturnURL", "Notify"}},
		"move to the past": {func() error {
			_, err := client.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: "b", Number: "1", Start: now.Add(-1)})
			return err
		}, []string{"Start", "Start"}},
		"move without number": {func() error {
			_, err := client.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: "b", Start: later})
			return err
		}, []string{"Number"}},
		"update without number": {func() error {
			_, err := client.Reservations.Update(ctx, proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis})
			return err
		}, []string{"Number"}},
		"cancel, all wrong": {func() error {
			_, err := client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{Number: "x1", Explanation: "\a"})
			return err
		}, []string{"StudentID", "Number", "Explanation"}},
		"cancel of nothing": {func() error {
			_, err := client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{StudentID: "s"})
			return err
		}, []string{"Number"}},
		"cancel of two things": {func() error {
			_, err := client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{StudentID: "s", Number: "12", ExamID: "exam-1"})
			return err
		}, []string{"ExamID"}},
		"cancel of an exam that nobody sees": {func() error {
			_, err := client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{StudentID: "s", ExamID: " "})
			return err
		}, []string{"ExamID"}},
		"begin, all wrong": {func() error {
			_, err := client.Reservations.Begin(ctx, proctoru.BeginReservationParams{Number: "-1"})
			return err
		}, []string{"StudentID", "ID", "Number"}},
		"list of nobody": {func() error {
			_, err := client.Reservations.List(ctx, proctoru.ListReservationsParams{})
			return err
		}, []string{"StudentID"}},
		"save nothing": {func() error {
			_, err := client.Students.Save(ctx, proctoru.Student{})
			return err
		}, []string{"Student.ID", "Student.FirstName", "Student.LastName", "Student.Email", "Student.ZoneID", "Student.Country", "Student.Phone"}},
		"report of nothing": {func() error {
			_, err := activity(t, client, proctoru.ActivityParams{})
			return err
		}, []string{"StudentID"}},
		"report without end": {func() error {
			_, err := activity(t, client, proctoru.ActivityParams{Start: now})
			return err
		}, []string{"End", "End"}},
		"report backwards": {func() error {
			_, err := activity(t, client, proctoru.ActivityParams{Start: now, End: now})
			return err
		}, []string{"End"}},
		"Do, all wrong": {func() error {
			_, err := client.Do(ctx, proctoru.Operation{Wire: "../v2/whoami?x", Method: "PUT", Class: 9, MaxBytes: -1})
			return err
		}, []string{"Wire", "Method", "Class", "MaxBytes"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.call()
			if got := fieldsOf(err); !slices.Equal(got, tt.want) || !errors.Is(err, proctorbook.ErrNotDone) {
				t.Errorf("error = %v, want fields %v and ErrNotDone", err, tt.want)
			}
		})
	}
}
