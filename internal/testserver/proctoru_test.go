package testserver_test

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

func TestEnvelopeOfSuccess(t *testing.T) {
	t.Parallel()
	w := inProcess(t)

	got := w.book("r-1", tuesday)

	if got, want := keys(got.members), "data message response_code time_sent"; got != want {
		t.Errorf("members = %q, want %q", got, want)
	}
	want := map[string]any{"time_sent": "2030-03-04T09:00:00Z", "response_code": 1.0, "message": ""}
	for name, value := range want {
		if got.members[name] != value {
			t.Errorf("%s = %#v, want %#v", name, got.members[name], value)
		}
	}
	if got, want := keys(got.data()), "balance reservation_id reservation_no url"; got != want {
		t.Errorf("data has %q, want %q", got, want)
	}
	const page = "https://demo.proctoru.com/students/reservations"
	url := regexp.MustCompile(`^` + page + `\?login_token=[0-9a-f-]{36}--00&reservation_no=900000501&return_to=https%3A%2F%2Fdemo\.proctoru\.com%2Fstudents%2Freservations$`)
	if got := fmt.Sprint(got.data()["url"]); !url.MatchString(got) {
		t.Errorf("url = %q, want it to match %v", got, url)
	}
}

func TestEnvelopeOfAnError(t *testing.T) {
	t.Parallel()
	w := inProcess(t)

	got := w.list("student_id", "nobody", "time_sent", "2030-03-04T08:58:00.075Z")

	const want = `{"time_sent":"2030-03-04T08:58:00.075Z","response_code":2,"message":"Student Not found : Error count 0 of 50","data":null}`
	if got.status != http.StatusOK || got.body != want {
		t.Errorf("got %d %s\nwant 200 %s", got.status, got.body, want)
	}
}

func TestStaleRequestIsNotCounted(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for range 3 {
		if got, want := w.list("time_sent", "2030-03-04T08:50:00Z").String(), "2 stale request"; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if got, want := w.list().String(), "2 Student Not found : Error count 0 of 50"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTokenLooksLikeALowerCaseUUID(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for seed := range uint64(100) {
		token := testserver.NewProctorU(testserver.NewClock(monday), testserver.WithSeed(seed)).Token
		if !uuid.MatchString(token) {
			t.Errorf("seed %d: token = %q, want a UUID", seed, token)
		}
	}
}

// The service takes its parameters from wherever they stand.
func TestParametersFromAnywhere(t *testing.T) {
	t.Parallel()
	const query = "student_id=learner-7&reservation_no=900000501"
	for name, tt := range map[string]struct{ method, path, contentType, body string }{
		"form":                  {http.MethodPost, "removeReservation", "application/x-www-form-urlencoded", query},
		"query of a POST":       {http.MethodPost, "removeReservation?" + query, "", ""},
		"JSON":                  {http.MethodPost, "removeReservation", "application/json; charset=utf-8", `{"student_id":"learner-7","reservation_no":900000501,"explanation":null}`},
		"JSON, all text":        {http.MethodPost, "removeReservation/", "application/json", `{"student_id":"learner-7","reservation_no":"900000501"}`},
		"body wins":             {http.MethodPost, "removeReservation?reservation_no=1", "application/x-www-form-urlencoded", query},
		"without the prefix":    {http.MethodPost, "../removeReservation", "application/x-www-form-urlencoded", query},
		"a trailing slash":      {http.MethodPost, "removeReservation/", "application/x-www-form-urlencoded", query},
		"GET with a form body":  {http.MethodGet, "getStudentReservationList", "application/x-www-form-urlencoded", "student_id=learner-7"},
		"GET with a query":      {http.MethodGet, "getStudentReservationList?student_id=learner-7", "", ""},
		"POST of a read":        {http.MethodPost, "getStudentReservationList/", "application/x-www-form-urlencoded", "student_id=learner-7"},
		"everybody's, by no id": {http.MethodGet, "getStudentReservationList", "", ""},
	} {
		w := inProcess(t)
		w.book("r-1", tuesday)
		target := w.base + tt.path
		target = strings.Replace(target, "/api/../", "/", 1)
		req, err := http.NewRequestWithContext(t.Context(), tt.method, target, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization-Token", w.token)
		req.Header.Set("Content-Type", tt.contentType)

		if got := roundTrip(w.rt, req); got.String() != "1" {
			t.Errorf("%s: got %v, want success", name, got)
		}
	}
}

func TestWhatIsNoCallGetsAPage(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for path, method := range map[string]string{"noSuchMethod": "GET", "getTimeZoneList": "DELETE", "addAdHocProcess": "GET", "": "GET"} {
		if got, want := w.send(method, path, nil).String(), "404 text/html"; got != want {
			t.Errorf("%s %s = %s, want %s", method, path, got, want)
		}
	}
}

func TestLifeOfAReservation(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	number := w.book("r-1", tuesday).number()

	row := w.list().rows()[0]
	want := map[string]any{
		"reservation_no": 900000501.0, "reservation_id": "r-1", "exam_id": nil, "description": "Final exam", "courseno": nil,
		"instructor": nil, "start_date": "2030-03-05T09:00:00Z", "test": "Final exam", "escalated": false,
	}
	if !reflect.DeepEqual(row, want) {
		t.Errorf("row = %v\nwant  %v", row, want)
	}

	moved := w.move(number, "r-1", tuesday.Add(2*time.Hour))
	if got, want := moved.number(), "900000502"; got != want {
		t.Errorf("moved number = %s, want %s", got, want)
	}
	if url := fmt.Sprint(moved.data()["url"]); !strings.Contains(url, "/students/order?") || !strings.HasSuffix(url, "reservation_no=OTAwMDAwNTAyCg%3D%3D") {
		t.Errorf("moved url = %q, want an order page with the number in base64", url)
	}
	if got, want := w.move(number, "r-1", tuesday).text(), "Reservation Cancelled."; got != want {
		t.Errorf("second move of the old number = %q, want %q", got, want)
	}
	if got, want := w.begin("r-1").text(), "Reservation is in the future"; got != want {
		t.Errorf("early begin = %q, want %q", got, want)
	}
	if got := w.remove("900000502").body; !strings.Contains(got, `"data":{"onaccount":"30.00"}`) {
		t.Errorf("removal = %s, want the credit as text", got)
	}
	if got := len(w.list().rows()); got != 0 {
		t.Errorf("list has %d rows, want 0", got)
	}
	if got, want := w.list("status", "cancelled").column("reservation_id"), "r-1 r-1"; got != want {
		t.Errorf("cancelled = %q, want %q", got, want)
	}
	counts := w.fake.Counts()
	if counts.CreatesSeen != 1 || counts.ReservationsMade != 1 || counts.Changes != 1 || counts.Removals != 1 || counts.ActiveNow != 0 || counts.MostActiveAtOnce != 1 {
		t.Errorf("counts = %+v", counts)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ask  func(w *world, number string) answer
		want string
	}{
		"create: repeated id":    {func(w *world, _ string) answer { return w.book("r-1", tuesday.Add(5*time.Hour)) }, "reservation_id_EXIST_FOR_THIS_INSTITUTION"},
		"create: overlap":        {func(w *world, _ string) answer { return w.book("r-2", tuesday.Add(45*time.Minute)) }, "OVERLAP"},
		"create: zone":           {func(w *world, _ string) answer { return w.book("r-2", tuesday, "time_zone_id", "Europe/Paris") }, "TimeZone not found."},
		"create: past":           {func(w *world, _ string) answer { return w.book("r-2", monday.Add(-time.Minute)) }, "start_date in the past"},
		"create: late on demand": {func(w *world, _ string) answer { return w.book("r-2", monday.Add(-6*time.Minute), "takeitnow", "Y") }, "start_date in the past"},
		"create: on demand":      {func(w *world, _ string) answer { return w.book("r-2", monday.Add(-7*time.Second), "takeitnow", "Y") }, ""},
		"create: no duration":    {func(w *world, _ string) answer { return w.book("r-2", tuesday, "duration", "0") }, "duration invalid"},
		"create: odd start":      {func(w *world, _ string) answer { return w.book("r-2", tuesday, "start_date", "soon") }, "start_date invalid"},
		"edit: unknown number":   {func(w *world, _ string) answer { return w.book("r-1", tuesday, "reservation_no", "17") }, "Reservation Not found"},
		"edit: other id":         {func(w *world, n string) answer { return w.book("r-2", tuesday, "reservation_no", n) }, "Reservation Not found"},
		"edit: odd number":       {func(w *world, _ string) answer { return w.book("r-1", tuesday, "reservation_no", "one") }, "reservation_no invalid"},
		"edit: cancelled":        {func(w *world, n string) answer { w.remove(n); return w.book("r-1", tuesday, "reservation_no", n) }, "Reservation Cancelled."},
		"edit: begun": {func(w *world, n string) answer {
			w.clock.Set(tuesday)
			w.begin("r-1")
			return w.book("r-1", tuesday.Add(time.Hour), "reservation_no", n)
		}, "Reservation Not found"},
		"edit: slot taken": {func(w *world, n string) answer {
			w.fake.BlockSlot(tuesday.Add(time.Hour))
			return w.book("r-1", tuesday.Add(time.Hour), "reservation_no", n)
		}, "OVERLAP"},
		"move: begun": {func(w *world, n string) answer {
			w.clock.Set(tuesday)
			w.begin("r-1")
			return w.move(n, "r-1", tuesday.Add(time.Hour))
		}, "Reservation Not found"},
		"move: odd start": {func(w *world, n string) answer {
			return w.post("moveReservation", "reservation_no", n, "reservation_id", "r-1", "start_date", "soon")
		}, "start_date invalid"},
		"move: unknown number": {func(w *world, _ string) answer { return w.move("17", "r-1", tuesday) }, "RESERVATION_NOT_FOR_THIS_INSTITUTION"},
		"move: past":           {func(w *world, n string) answer { return w.move(n, "r-1", monday.Add(-time.Hour)) }, "start_date in the past"},
		"move: slot taken": {func(w *world, n string) answer {
			w.fake.BlockSlot(tuesday.Add(time.Hour))
			return w.move(n, "r-1", tuesday.Add(time.Hour))
		}, "OVERLAP"},
		"move: nothing named":     {func(w *world, _ string) answer { return w.move("", "r-1", tuesday) }, "reservation_no required"},
		"remove: unknown learner": {func(w *world, n string) answer { return w.remove(n, "student_id", "nobody") }, "Student Not found"},
		"remove: unknown number":  {func(w *world, _ string) answer { return w.remove("17") }, "Reservation Not found"},
		"remove: by exam":         {func(w *world, _ string) answer { return w.remove("", "exam_id", "e-1") }, "Reservation Not found"},
		"begin: cancelled":        {func(w *world, n string) answer { w.remove(n); w.clock.Set(tuesday); return w.begin("r-1") }, "Reservation Not found"},
		"begin: odd number":       {func(w *world, _ string) answer { w.clock.Set(tuesday); return w.begin("r-1", "reservation_no", "one") }, "Reservation Not found"},
		"begin: ended": {func(w *world, _ string) answer {
			w.clock.Set(tuesday)
			_ = w.fake.ProctorEnds(900000501, testserver.Verdict{})
			return w.begin("r-1")
		}, "Reservation Not found"},
		"begin: another's": {func(w *world, n string) answer {
			w.clock.Set(tuesday)
			w.book("r-2", tuesday, "student_id", "learner-8")
			return w.begin("r-2", "reservation_no", n)
		}, "Reservation Not found"},
		"begin: unknown learner": {func(w *world, _ string) answer { return w.begin("r-1", "student_id", "nobody") }, "Student Not found"},
		"begin: unknown id":      {func(w *world, _ string) answer { return w.begin("r-9") }, "Reservation Not found"},
		"slots: of an exam": {func(w *world, _ string) answer {
			return w.slots(tuesday, "isadhoc", "N", "student_id", "learner-7", "exam_id", "e-1")
		}, "Exam Not found"},
		"slots: of a day gone":    {func(w *world, _ string) answer { return w.slots(monday.AddDate(0, 0, -1)) }, "start_date in the past"},
		"slots: zone":             {func(w *world, _ string) answer { return w.slots(tuesday, "time_zone_id", "42") }, "TimeZone not found."},
		"slots: odd day":          {func(w *world, _ string) answer { return w.slots(tuesday, "start_date", "soon") }, "start_date invalid"},
		"slots: no duration":      {func(w *world, _ string) answer { return w.slots(tuesday, "duration", "long") }, "duration invalid"},
		"report: odd day":         {func(w *world, _ string) answer { return w.report("start_date", "soon") }, "start_date invalid"},
		"report: odd last day":    {func(w *world, _ string) answer { return w.report("end_date", "soon") }, "end_date invalid"},
		"list: unknown learner":   {func(w *world, _ string) answer { return w.list("student_id", "nobody") }, "Student Not found"},
		"report: unknown learner": {func(w *world, _ string) answer { return w.report("student_id", "nobody") }, "Student Not found"},
		"report: nothing named":   {func(w *world, _ string) answer { return w.report("student_id", "") }, "start_date required"},
		"editStudent: zone": {func(w *world, _ string) answer {
			return w.post("editStudent", "student_id", "learner-7", "time_zone_id", "x")
		}, "TimeZone not found."},
		"editStudent: without name": {func(w *world, _ string) answer { return w.post("editStudent", "student_id", "learner-9") }, "first_name required"},
	} {
		w := inProcess(t)
		number := w.book("r-1", tuesday).number()

		got := tt.ask(w, number)

		if got.text() != tt.want {
			t.Errorf("%s: got %v, want %q", name, got, tt.want)
		}
	}
}

func TestAFailedMoveKeepsTheOldSlot(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	number := w.book("r-1", tuesday).number()
	w.book("r-2", tuesday.Add(3*time.Hour))

	if got := w.move(number, "r-1", tuesday.Add(3*time.Hour)).text(); got != "OVERLAP" {
		t.Errorf("move onto another session = %q, want OVERLAP", got)
	}
	if got, want := w.list().column("start_date"), "2030-03-05T09:00:00Z 2030-03-05T12:00:00Z"; got != want {
		t.Errorf("starts = %q, want %q", got, want)
	}
	if got := w.move(number, "r-1", tuesday.Add(30*time.Minute)); got.String() != "1" {
		t.Errorf("move that overlaps only itself = %v, want success", got)
	}
}

func TestProvidersOwnActs(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	number, err := w.fake.ProviderMoves(900000501, tuesday.Add(time.Hour))
	if err != nil || number != 900000502 {
		t.Fatalf("ProviderMoves = %d, %v; want 900000502", number, err)
	}
	if _, err := w.fake.ProviderMoves(900000501, tuesday); err == nil {
		t.Error("the old number was moved")
	}
	if err := w.fake.ProviderCancels(900000501); err == nil {
		t.Error("the old number was cancelled twice")
	}
	w.clock.Set(tuesday.Add(time.Hour))
	w.begin("r-1")
	if err := w.fake.ProctorStarts(number); err != nil {
		t.Error(err)
	}
	w.clock.Advance(55 * time.Minute)
	if err := w.fake.ProctorEnds(number, testserver.Verdict{Authenticated: true, Escalated: true}); err != nil {
		t.Error(err)
	}
	if err := w.fake.ProctorEnds(number, testserver.Verdict{}); err == nil {
		t.Error("a session ended twice")
	}

	rows := w.report().rows()

	if len(rows) != 4 {
		t.Fatalf("%d rows, want 4: two numbers, each twice", len(rows))
	}
	const cancelled = "Reservation cancelled by Pat Proctor at  9:00am UTC on Mar 4, 2030; " +
		"Fulfillment created by Pat Proctor at  9:00am UTC on Mar 4, 2030; Reservation created by Ada Example at  9:00am UTC on Mar 4, 2030; "
	if got := rows[0]["ProctorNotes"]; got != cancelled {
		t.Errorf("notes of the old number = %q\nwant %q", got, cancelled)
	}
	want := map[string]any{
		"Student": "Example", "UniqueId": "learner-7", "Test": "Final exam", "exam_id": "",
		"StartDate": "2030-03-05T10:00:00Z", "EndDate": "2030-03-05T11:00:00Z", "ReservationNo": 900000502.0,
		"StudentNotes": nil, "SchoolNotes": "Closed book",
		"ProctorNotes": "Fulfillment ended by Pat Proctor at 10:55am UTC on Mar 5, 2030; " +
			"Fulfillment started by Pat Proctor at 10:00am UTC on Mar 5, 2030; " +
			"Fulfillment created by Pat Proctor at  9:00am UTC on Mar 4, 2030; " +
			"Reservation created by Ada Example at  9:00am UTC on Mar 4, 2030; ",
		"CheckID": true, "LoginVerified": true, "Authenticated": true, "TestSubmitted": false, "IncidentReport": false, "Escalated": true,
	}
	for _, row := range rows[2:] {
		if !reflect.DeepEqual(row, want) {
			t.Errorf("row = %v\nwant  %v", row, want)
		}
	}
	if row := w.list().rows()[0]; row["escalated"] != true {
		t.Errorf("list row = %v, want escalated", row)
	}
}

func TestReportNotesAfternoon(t *testing.T) {
	t.Parallel()
	for hour, want := range map[int]string{0: " at 12:05am ", 12: " at 12:05pm ", 16: " at  4:05pm ", 23: " at 11:05pm "} {
		w := inProcess(t)
		w.clock.Set(time.Date(2030, 3, 25, hour, 5, 0, 0, time.UTC))
		w.book("r-1", tuesday.AddDate(0, 1, 0))
		if got := fmt.Sprint(w.report().rows()[0]["ProctorNotes"]); !strings.Contains(got, want) {
			t.Errorf("%d o'clock: notes = %q, want %q in it", hour, got, want)
		}
	}
}

func TestReportByDates(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(testserver.ReportDuplicates, "none")
	for i := range 3 {
		w.book(fmt.Sprint("r-", i), tuesday.AddDate(0, 0, i), "student_id", fmt.Sprint("learner-", i))
	}
	for dates, want := range map[[2]string]string{
		{"2030-03-05", "2030-03-06"}:                               "learner-0 learner-1",
		{"2030-03-06T00:00:00", "2030-03-08T00:00:00"}:             "learner-1 learner-2",
		{"2030-03-05T10:00:00+01:00", "2030-03-05T10:00:00+01:00"}: "learner-0",
		{"2030-04-01", "2030-04-02"}:                               "",
	} {
		if got := w.report("student_id", "", "start_date", dates[0], "end_date", dates[1]).column("UniqueId"); got != want {
			t.Errorf("%v: got %q, want %q", dates, got, want)
		}
	}
}

func TestSlotsOfADay(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.BlockSlot(tuesday)
	w.fake.SetSlotCapacity(tuesday.Add(time.Hour), 1)

	// Paris, the whole Tuesday: 96 quarter hours less the three that are gone and the one that is blocked.
	rows := w.slots(time.Date(2030, 3, 4, 23, 0, 0, 0, time.UTC)).rows()
	if got := len(rows); got != 92 {
		t.Errorf("%d slots, want 92", got)
	}
	want := map[string]any{
		"start_date": "2030-03-04T23:00:00Z", "local_start_date": "2030-03-05T00:00:00+01:00", "fee": 30.0, "fee_premium": 5.0, "fee_discount": 0.0,
	}
	if !reflect.DeepEqual(rows[0], want) {
		t.Errorf("row = %v, want %v", rows[0], want)
	}
	if got := w.book("r-1", tuesday).text(); got != "OVERLAP" {
		t.Errorf("booking a blocked slot = %q, want OVERLAP", got)
	}
	w.fake.FreeSlot(tuesday)
	number := w.book("r-2", tuesday.Add(time.Hour)).number()
	if got := len(w.slots(tuesday.Add(-10 * time.Hour)).rows()); got != 92 {
		t.Errorf("%d slots, want 92: one was freed, one is full now", got)
	}
	if got := len(w.slots(tuesday.Add(-10*time.Hour), "reservation_no", number).rows()); got != 93 {
		t.Errorf("%d slots, want 93: the learner's own counts as free to him", got)
	}
	if got := w.book("r-3", tuesday.Add(time.Hour), "student_id", "learner-8").text(); got != "OVERLAP" {
		t.Errorf("booking a full slot = %q, want OVERLAP", got)
	}
}

func TestSlotsFollowTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.SetSlots(func(day time.Time) []time.Time {
		return []time.Time{day, day.Add(12 * time.Hour), day.Add(22*time.Hour + 30*time.Minute)}
	})

	// On the last Sunday of March 2030 Paris goes from +01:00 to +02:00: its day ends at 22:00 UTC.
	got := w.slots(time.Date(2030, 3, 30, 23, 0, 0, 0, time.UTC))

	if got, want := got.column("local_start_date"), "2030-03-31T01:00:00+01:00 2030-03-31T14:00:00+02:00"; got != want {
		t.Errorf("slots = %q, want %q", got, want)
	}
}

func TestTimeZoneList(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.clock.Set(time.Date(2030, 7, 1, 20, 19, 0, 0, time.UTC))
	rows := map[any]map[string]any{}
	for _, row := range w.get("getTimeZoneList").rows() {
		rows[row["Id"]] = row
	}
	paris := rows["Romance Standard Time"]
	delete(paris, "TimeZoneNo")
	want := map[string]any{
		"GMTOffset": 1.0, "Id": "Romance Standard Time", "DisplayName": "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
		"Description": "Romance Standard Time", "SortOrder": 100.0, "LocalTime": "10:19 PM", "DST": true,
	}
	if !reflect.DeepEqual(paris, want) {
		t.Errorf("row = %v\nwant  %v", paris, want)
	}
	if got, want := rows["Yukon Standard Time"]["DisplayName"], "(UTC-07:00) Whitehorse"; got != want {
		t.Errorf("DisplayName = %v, want %v", got, want)
	}
	for id, offset := range map[string]float64{"India Standard Time": 5.5, "Newfoundland Standard Time": -3.5, "UTC-11": -11, "UTC": 0} {
		if got := rows[id]["GMTOffset"]; got != offset {
			t.Errorf("%s: GMTOffset = %v, want %v", id, got, offset)
		}
	}
}

func TestEditStudentSavesTheLearner(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	got := w.post("editStudent", "student_id", "learner-7", "first_name", "Ada", "last_name", "Example", "time_zone_id", "UTC")
	if want := `"data":{"profilecomplete":false,"hasimage":false,"termsaccepted":true}`; !strings.Contains(got.body, want) {
		t.Errorf("body = %s, want %s in it", got.body, want)
	}
	w.post("editStudent", "student_id", "learner-7", "phone1", "+33100000000", "country", "FR")

	profile, known := w.fake.Learner("learner-7")

	if !known || profile["first_name"] != "Ada" || profile["country"] != "FR" {
		t.Errorf("profile = %v, %v", profile, known)
	}
	if got := w.list(); got.String() != "1" {
		t.Errorf("list of a learner without reservations = %v, want success", got)
	}
}

// Many clients at once, one id: one reservation, and everybody else is told so.
func TestOneReservationForOneIDUnderARace(t *testing.T) {
	t.Parallel()
	w := onLoopback(t)
	w.mustPlay(testserver.ErrorLimit, "nothing") // 63 refusals in a row would lock the account
	const clients = 64
	answers := make([]answer, clients)
	var together sync.WaitGroup
	for i := range clients {
		together.Go(func() { answers[i] = w.book("r-1", tuesday) })
	}
	together.Wait()

	made := 0
	for _, a := range answers {
		switch a.text() {
		case "":
			made++
		case "reservation_id_EXIST_FOR_THIS_INSTITUTION":
		default:
			t.Errorf("answer = %v", a)
		}
	}
	counts := w.fake.Counts()
	if made != 1 || counts.CreatesSeen != clients || counts.ReservationsMade != 1 || counts.MostActiveAtOnce != 1 {
		t.Errorf("%d succeeded, counts = %+v; want one", made, counts)
	}
}

func TestBodiesThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for contentType, body := range map[string]string{"application/json": `{"student_id":`, "application/x-www-form-urlencoded": "a=%zz"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+"removeReservation", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		if got, want := roundTrip(w.rt, req).String(), "400 text/html"; got != want {
			t.Errorf("%s: got %s, want %s", contentType, got, want)
		}
	}
}

func TestOnlyListedTimesWhereOthersAreRefused(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(testserver.UnofferedSlot, "unknown-text")
	if got := w.book("r-1", tuesday); got.String() != "1" {
		t.Errorf("a listed time = %v, want success", got)
	}
}

func TestARepeatThatUpdatesIsCheckedLikeACreate(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.mustPlay(testserver.RepeatedID, "updates")
	w.book("r-1", tuesday)
	w.book("r-2", tuesday.Add(2*time.Hour))
	if got := w.book("r-1", tuesday.Add(2*time.Hour)).text(); got != "OVERLAP" {
		t.Errorf("update onto another session = %q, want OVERLAP", got)
	}
	if got := w.book("r-1", tuesday.Add(30*time.Minute)); got.String() != "1" {
		t.Errorf("update that overlaps only itself = %v, want success", got)
	}
}

func TestTextOfAllKindsSurvives(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	const title = "Logique & \"preuve\" <1>, été 数学\n"
	w.book("r-1", tuesday, "description", title)

	got := w.list()

	if got := got.rows()[0]["description"]; got != title {
		t.Errorf("description = %q, want %q", got, title)
	}
	if want := `"test":"Logique & \"preuve\" <1>, été 数学\n"`; !strings.Contains(got.body, want) {
		t.Errorf("body = %s, want %s in it", got.body, want)
	}
}

func TestListByStatus(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	w.remove(w.book("r-2", tuesday.Add(2*time.Hour)).number())
	if err := w.fake.ProviderCancels(900000501); err != nil {
		t.Fatal(err)
	}
	w.book("r-3", tuesday)
	for status, want := range map[string]string{"": "r-3", "scheduled": "r-3", "cancelled": "r-1 r-2", "pending": "", "voided": ""} {
		if got := w.list("status", status).column("reservation_id"); got != want {
			t.Errorf("status %q: got %q, want %q", status, got, want)
		}
	}
}

func TestEverybodysReservationsByNumber(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	for i, student := range []string{"zoe", "ada", "zoe", "bob"} {
		w.book(fmt.Sprint("r-", i), tuesday.Add(time.Duration(i)*time.Hour), "student_id", student)
	}
	if got, want := w.list("student_id", "").column("reservation_id"), "r-0 r-1 r-2 r-3"; got != want {
		t.Errorf("list = %q, want %q", got, want)
	}
}

func TestMostActiveAtOnce(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.book("r-1", tuesday)
	w.book("r-2", tuesday.Add(2*time.Hour), "description", "Another exam")
	w.book("r-3", tuesday.Add(4*time.Hour), "student_id", "learner-8")
	if got := w.fake.Counts().MostActiveAtOnce; got != 1 {
		t.Errorf("two exams and two learners: MostActiveAtOnce = %d, want 1", got)
	}
	extra := w.book("r-4", tuesday.Add(6*time.Hour)).number()
	w.remove(extra)

	counts := w.fake.Counts()

	if counts.MostActiveAtOnce != 2 || counts.ActiveNow != 3 {
		t.Errorf("MostActiveAtOnce = %d, ActiveNow = %d; want 2 (for a while) and 3", counts.MostActiveAtOnce, counts.ActiveNow)
	}
	w.clock.Set(tuesday.Add(time.Hour))
	if got := w.fake.Counts().ActiveNow; got != 2 {
		t.Errorf("ActiveNow after the first session = %d, want 2", got)
	}
	w.book("r-5", tuesday.Add(8*time.Hour))
	if got := w.fake.Counts().MostActiveAtOnce; got != 2 {
		t.Errorf("MostActiveAtOnce = %d, want 2: a session that is over is not active", got)
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		clock := testserver.NewClock(monday)
		fake := testserver.NewProctorU(clock, testserver.WithSeed(seed))
		w := &world{t: t, clock: clock, fake: fake, rt: testserver.InProcess(fake), base: testserver.InProcessURL + "/api/", token: fake.Token}
		fake.SetFaultPlan(testserver.RandomFaults(seed, 0.3, time.Minute, testserver.FaultDuplicateLater, testserver.FaultCutBody, testserver.FaultStatus503))
		var bytes strings.Builder
		for i := range 20 {
			n := w.book(fmt.Sprint("r-", i), tuesday.Add(time.Duration(i)*time.Hour)).number()
			bytes.WriteString(w.move(n, fmt.Sprint("r-", i), tuesday.AddDate(0, 0, i+1)).body)
			bytes.WriteString(w.list().body + w.report().body + w.slots(tuesday).body + w.get("getStudentReservationList").body)
			w.clock.Advance(10 * time.Second)
		}
		return bytes.String()
	}
	if first, second := run(7), run(7); first != second {
		t.Error("one seed gave two answers")
	}
	if run(7) == run(8) {
		t.Error("two seeds gave one answer")
	}
}

func TestFirstNumber(t *testing.T) {
	t.Parallel()
	clock := testserver.NewClock(monday)
	fake := testserver.NewProctorU(clock, testserver.WithFirstNumber(5))
	w := &world{t: t, clock: clock, fake: fake, rt: testserver.InProcess(fake), base: testserver.InProcessURL + "/", token: fake.Token}

	if got := w.book("r-1", tuesday).number(); got != "5" {
		t.Errorf("number = %q, want 5", got)
	}
}

func TestLagCanBeChosenFreely(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.fake.SetListLag(10*time.Second, 1)
	w.fake.SetReportLag(time.Minute)
	w.book("r-1", tuesday)
	if got := len(w.list().rows()) + len(w.report().rows()); got != 0 {
		t.Errorf("%d rows at once, want 0", got)
	}
	w.clock.Advance(10 * time.Second)
	if list, report := len(w.list().rows()), len(w.report().rows()); list != 1 || report != 0 {
		t.Errorf("after 10 s list and report have %d and %d rows, want 1 and 0", list, report)
	}
	w.fake.SetListLag(0, 0)
	w.fake.SetReportLag(0)
	if list, report := len(w.list().rows()), len(w.report().rows()); list != 1 || report != 2 {
		t.Errorf("without lag list and report have %d and %d rows, want 1 and 2", list, report)
	}
}
