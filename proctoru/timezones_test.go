package proctoru_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

func TestTimeZonesList(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("GET /getTimeZoneList", "timezones/list.json")

	zones, err := client.TimeZones.List(t.Context())
	if err != nil || len(zones) != 2 {
		t.Fatalf("List = %v, %v, want two zones", zones, err)
	}
	if z := zones[0]; z.ID != "Romance Standard Time" || z.Number != 17 || z.Offset != time.Hour || !z.DST || z.LocalTime != "02:05 PM" {
		t.Errorf("List[0] = %+v", z)
	}
	if z := zones[1]; z.Number != 42 || z.Offset != 5*time.Hour+30*time.Minute || z.DST || z.SortOrder != 100 {
		t.Errorf("List[1] = %+v, want numbers read from texts", z)
	}
	if raw := string(zones[1].Raw.Reveal()); !strings.Contains(raw, `"Region"`) {
		t.Error("Raw has lost a member that the client does not know")
	}
	compareForm(t, provider.Last(t, "GET /getTimeZoneList").Query, map[string]string{"time_sent": "2026-08-20T09:00:00Z"})
}

// Only [] is an empty list: whoever reads a success without a list as "no zones"
// takes a broken answer for a good one.
func TestTimeZonesList_empty(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]error{
		`{"response_code": 1, "message": "", "data": []}`: nil, `{"response_code": 1, "message": ""}`: proctoru.ErrNoList,
		envelope(`null`): proctoru.ErrNoList, envelope(`{}`): proctoru.ErrNoList, envelope(`""`): proctoru.ErrNoList,
	} {
		client, _ := mocked(t, "GET /getTimeZoneList", http.StatusOK, data)
		if zones, err := client.TimeZones.List(t.Context()); len(zones) != 0 || !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("List of %s = %v, %v, want %v", data, zones, err, want)
		}
		if ping, err := client.Ping(t.Context()); !errors.Is(err, want) || (ping == nil) != (want != nil) {
			t.Errorf("Ping of %s = %v, %v, want %v", data, ping, err, want)
		}
	}
}

// ownZones is a list with ids that no Windows has, and with IANA names as the
// Description of some.
const ownZones = `[{"Id": "GMT", "Description": "GMT"}, {"Id": "Kamchatka Standard Time", "Description": "Kamchatka Standard Time"},
	{"Id": "Mid-Atlantic Standard Time", "Description": "(UTC-02:00) Mid-Atlantic"}, {"Id": "Australia Eastern Standard Time", "Description": "Australia/Sydney"},
	{"Id": "ROMANCE STANDARD TIME", "Description": "Romance Standard Time"}, {"Id": "Troll Time", "Description": " Antarctica/Troll "},
	{"Id": "Half Time", "Description": "Eastern Time (US/Canada)"}]`

func TestFindTimeZone(t *testing.T) {
	t.Parallel()
	client, _ := mocked(t, "GET /getTimeZoneList", http.StatusOK, envelope(ownZones))
	zones, err := client.TimeZones.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, z := range zones {
		names = append(names, z.IANA)
	}
	if want := []string{"GMT", "", "", "Australia/Sydney", "Europe/Paris", "Antarctica/Troll", ""}; !slices.Equal(names, want) {
		t.Errorf("IANA names = %q, want %q", names, want)
	}
	for iana, want := range map[string]string{
		"Europe/Paris": "ROMANCE STANDARD TIME", "Europe/Brussels": "ROMANCE STANDARD TIME", "Australia/Sydney": "Australia Eastern Standard Time",
		"Australia/Melbourne": "Australia Eastern Standard Time", "GMT": "GMT", "Antarctica/Troll": "Troll Time",
		"Asia/Tokyo": "", "Asia/Kamchatka": "", "": "", "Romance Standard Time": "",
	} {
		got, err := proctoru.FindTimeZone(zones, iana)
		if got.ID != want || errors.Is(err, proctoru.ErrUnknownZone) != (want == "") {
			t.Errorf("FindTimeZone(%q) = %q, %v, want %q", iana, got.ID, err, want)
		}
	}
}

// What the service gave can be sent, by every method that takes a zone, and as the
// service spelled it.
func TestZonesOfTheService(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"GMT": "GMT", "Kamchatka Standard Time": "Kamchatka Standard Time", "Mid-Atlantic Standard Time": "Mid-Atlantic Standard Time",
		"Australia Eastern Standard Time": "Australia Eastern Standard Time", "42": "42", "utc": "UTC", "ROMANCE STANDARD TIME": "Romance Standard Time",
	} {
		student := ada
		student.ZoneID = id
		for wire, call := range map[string]func(*proctoru.Client) error{
			createEndpoint: func(c *proctoru.Client) error {
				params := tuesdayTwoInParis
				params.Student = student
				return drop(c.Reservations.Create(t.Context(), params))
			},
			slotsEndpoint: func(c *proctoru.Client) error {
				params := firstOfSeptember
				params.ZoneID = id
				return drop(c.Slots.List(t.Context(), params))
			},
			"POST /editStudent": func(c *proctoru.Client) error { return drop(c.Students.Save(t.Context(), student)) },
			"POST /autoLogin": func(c *proctoru.Client) error {
				return drop(c.Students.LoginURL(t.Context(), proctoru.LoginURLParams{StudentID: ada.ID, Email: ada.Email, ZoneID: id, UpdateProfile: true}))
			},
			"POST /addBlueBirdExam": func(c *proctoru.Client) error {
				params := adaLaunches
				params.Student = student
				return drop(c.Exams.Launch(t.Context(), params))
			},
			"POST /exams/add_record_plus_exams": func(c *proctoru.Client) error {
				params := adaIsRecorded
				params.Student = student
				return drop(c.RecordPlus.Create(t.Context(), params))
			},
			"POST /editInstitutionalUser": func(c *proctoru.Client) error {
				user := grace
				user.ZoneID = id
				return drop(c.Institution.SaveUser(t.Context(), user))
			},
		} {
			client, provider := newTestClient(t)
			provider.Reply(wire, refusal("TimeZone not found. : Error count 0 of 50"))
			if err := call(client); !errors.Is(err, proctoru.ErrTimeZoneNotFound) {
				t.Errorf("%s with %q: %v, want that the provider decides", wire, id, err)
				continue
			}
			last := provider.Last(t, wire)
			if got := last.Form.Get("time_zone_id") + last.Query.Get("time_zone_id"); got != want {
				t.Errorf("%s with %q: sent %q, want %q", wire, id, got, want)
			}
		}
	}
}

// The record of a learner who came with an old zone can be saved again.
func TestStudentsSave_migrated(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply("GET /getStudentProfile", envelope(`{"student_id": "7", "first_name": "A", "last_name": "B", "email": "a@b.c", "country": "FR", "phone1": "1", "time_zone_id": "GMT"}`))
	provider.Reply("POST /editStudent", "students/save_ok.json")
	profile, err := client.Students.Get(t.Context(), "7")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Students.Save(t.Context(), profile.Student); err != nil {
		t.Fatalf("Save: %v", err)
	}
	if got := provider.Last(t, "POST /editStudent").Form.Get("time_zone_id"); got != "GMT" {
		t.Errorf("sent zone %q, want GMT", got)
	}
}
