package proctorutest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

var (
	monday  = time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC)
	tuesday = monday.AddDate(0, 0, 1)
)

// world is one fake and a way to reach it.
type world struct {
	t     testing.TB
	clock *proctorbooktest.Clock
	fake  *proctorutest.Server
	rt    http.RoundTripper
	base  string
	token string
}

// inProcess returns a world that is called directly.
func inProcess(t testing.TB) *world {
	t.Helper()
	clock := proctorbooktest.NewClock(monday)
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(clock))
	return &world{t: t, clock: clock, fake: fake, rt: proctorbooktest.InProcess(fake), base: proctorbooktest.InProcessURL + "/api/", token: fake.Token}
}

// onLoopback returns a world behind a socket.
func onLoopback(t testing.TB) *world {
	t.Helper()
	w := inProcess(t)
	server := proctorbooktest.Loopback(w.fake)
	t.Cleanup(server.Close)
	w.rt, w.base = server.Transport(), server.URL+"/api/"
	return w
}

// answer is what came back, read without any help of a client.
type answer struct {
	status  int
	header  http.Header
	body    string
	members map[string]any // of the envelope, nil if there is none
	err     error
}

// post sends name, value, name, value, ... as a form.
func (w *world) post(endpoint string, pairs ...string) answer {
	return w.send(http.MethodPost, endpoint, w.form(pairs))
}

// get sends the pairs in the query.
func (w *world) get(endpoint string, pairs ...string) answer {
	return w.send(http.MethodGet, endpoint, w.form(pairs))
}

// form adds a fresh time_sent; an empty one takes it away.
func (w *world) form(pairs []string) url.Values {
	form := url.Values{"time_sent": {w.clock.Now().Format("2006-01-02T15:04:05Z")}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

func (w *world) send(method, endpoint string, form url.Values) answer {
	w.t.Helper()
	body := form.Encode()
	if method == http.MethodGet {
		endpoint, body = endpoint+"?"+body, ""
	}
	return w.sendBody(method, endpoint, "application/x-www-form-urlencoded", body)
}

// sendBody sends the body as it is.
func (w *world) sendBody(method, endpoint, contentType, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.base+endpoint, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization-Token", w.token)
	return roundTrip(w.rt, req)
}

func roundTrip(rt http.RoundTripper, req *http.Request) answer {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body), err: err}
	if json.Unmarshal(body, &a.members) != nil {
		a.members = nil
	}
	return a
}

// String sums an answer up: status, code and message of an envelope, or what else came.
func (a answer) String() string {
	switch {
	case a.err != nil:
		return "no answer"
	case a.members["response_code"] == nil:
		return fmt.Sprintf("%d %s", a.status, strings.Split(a.header.Get("Content-Type"), ";")[0])
	case a.status != http.StatusOK:
		return fmt.Sprintf("%d %v %v", a.status, a.members["response_code"], a.members["message"])
	}
	return strings.TrimSpace(fmt.Sprintf("%v %v", a.members["response_code"], a.members["message"]))
}

// text is the message without counters.
func (a answer) text() string {
	message, _ := a.members["message"].(string)
	message, _, _ = strings.Cut(message, " : Error count")
	return message
}

func (a answer) data() map[string]any {
	data, _ := a.members["data"].(map[string]any)
	return data
}

func (a answer) rows() []map[string]any {
	list, _ := a.members["data"].([]any)
	rows := make([]map[string]any, len(list))
	for i, item := range list {
		rows[i], _ = item.(map[string]any)
	}
	return rows
}

// column lists one member of all rows.
func (a answer) column(name string) string {
	values := []string{}
	for _, row := range a.rows() {
		values = append(values, fmt.Sprint(row[name]))
	}
	return strings.Join(values, " ")
}

func (a answer) number() string {
	if n, ok := a.data()["reservation_no"].(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return ""
}

// book asks for an hour for Ada; more pairs replace or add fields.
func (w *world) book(id string, start time.Time, more ...string) answer {
	w.t.Helper()
	return w.post("addAdHocProcess", append([]string{
		"student_id", "learner-7", "first_name", "Ada", "last_name", "Example", "email", "ada@example.org", "country", "FR",
		"phone1", "+33100000000", "time_zone_id", "Romance Standard Time", "description", "Final exam", "duration", "60",
		"notes", "Closed book", "start_date", start.Format(time.RFC3339), "reservation_id", id,
	}, more...)...)
}

func (w *world) list(more ...string) answer {
	w.t.Helper()
	return w.get("getStudentReservationList", append([]string{"student_id", "learner-7"}, more...)...)
}

func (w *world) remove(number string, more ...string) answer {
	w.t.Helper()
	return w.post("removeReservation", append([]string{"student_id", "learner-7", "reservation_no", number, "explanation", "ill"}, more...)...)
}

func (w *world) move(number, id string, start time.Time) answer {
	w.t.Helper()
	return w.post("moveReservation", "reservation_no", number, "reservation_id", id, "start_date", start.Format(time.RFC3339))
}

func (w *world) begin(id string, more ...string) answer {
	w.t.Helper()
	return w.post("beginReservation", append([]string{"student_id", "learner-7", "reservation_id", id}, more...)...)
}

func (w *world) report(more ...string) answer {
	w.t.Helper()
	return w.post("clientActivityReport", append([]string{"student_id", "learner-7"}, more...)...)
}

func (w *world) slots(from time.Time, more ...string) answer {
	w.t.Helper()
	return w.get("getScheduleInfoAvailableTimesList", append([]string{
		"time_zone_id", "Romance Standard Time", "start_date", from.Format(time.RFC3339), "duration", "60", "isadhoc", "Y", "takeitnow", "N",
	}, more...)...)
}

// mustPlay fails the test if the fake does not know the variant.
func (w *world) mustPlay(variant, alternative string) {
	w.t.Helper()
	if err := w.fake.Play(variant, alternative); err != nil {
		w.t.Fatal(err)
	}
}

func keys(members map[string]any) string {
	return strings.Join(sorted(maps.Keys(members)), " ")
}

// launchToken matches the URLs that sign a learner in.
var launchToken = regexp.MustCompile(`https://demo\.proctoru\.com/session/auto_login\?token=[0-9a-f-]{36}--0[0-9]`)

// blueBird registers an exam of an hour for Ada, open until Friday.
func (w *world) blueBird(exam string, more ...string) answer {
	w.t.Helper()
	return w.post("addBlueBirdExam", append([]string{
		"student_id", "learner-7", "first_name", "Ada", "last_name", "Example", "email", "ada@example.org",
		"time_zone_id", "ROMANCE STANDARD TIME", "exam_id", exam, "description", "Final exam", "duration", "60",
		"active_date", "2030-03-05T08:00:00", "end_date", "2030-03-08T18:00:00", "notes", "Closed book",
	}, more...)...)
}

// recordPlus makes a recorded session for Ada.
func (w *world) recordPlus(more ...string) answer {
	w.t.Helper()
	return w.post("exams/add_record_plus_exams", append([]string{
		"student_id", "learner-7", "first_name", "Ada", "last_name", "Example", "email", "ada@example.org", "country", "FR",
		"phone1", "+33100000000", "time_zone_id", "Romance Standard Time", "exam_id", "e-5", "exam_url", "https://lms.example.org/e-5",
		"description", "Quiz", "duration", "30",
	}, more...)...)
}

// editExam saves an exam of the spring term, open from Tuesday to Friday.
func (w *world) editExam(exam string, more ...string) answer {
	w.t.Helper()
	return w.post("editTermExam", append([]string{
		"exam_id", exam, "term_id", "2030-1", "term_name", "Spring 2030", "description", "Logic, final", "duration", "60",
		"start_date", "2030-03-05T08:00:00Z", "end_date", "2030-03-08T18:00:00Z", "courseno", "CS101", "department_id", "100000001",
		"instructor", "Grace Example", "active", "Y",
	}, more...)...)
}

// process books a listed exam for Ada.
func (w *world) process(id, exam string, start time.Time, more ...string) answer {
	w.t.Helper()
	return w.post("addProcess", append([]string{
		"student_id", "learner-7", "exam_id", exam, "start_date", start.Format(time.RFC3339), "reservation_id", id, "reservation_no", "0",
	}, more...)...)
}

// save creates Ada's account.
func (w *world) save() answer {
	w.t.Helper()
	return w.post("editStudent", "student_id", "learner-7", "first_name", "Ada", "last_name", "Example", "email", "ada@example.org",
		"country", "FR", "phone1", "+33100000000", "time_zone_id", "Romance Standard Time")
}

func sorted(values iter.Seq[string]) []string { return slices.Sorted(values) }

func wantPanic(t *testing.T, want string, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if text, _ := recover().(string); !strings.Contains(text, want) {
			t.Errorf("panic = %q, want %q in it", text, want)
		}
	}()
	do()
}
