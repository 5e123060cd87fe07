package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestControlLists(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "127.0.0.1:0", "-edx", "127.0.0.1:0")
	for _, c := range []struct {
		url   string
		knows string
	}{{h.ProctorU.Control, "POST provider"}, {h.EdX.Control, "POST revoke-tokens"}} {
		help := must(t, "GET", c.url)
		if help[c.knows] == nil || help["POST clock"] == nil {
			t.Errorf("%s lists %v, want %s in it", c.url, help, c.knows)
		}
		if status, members := ask(t, "GET", c.url+"nonsense"); status != http.StatusNotFound || members["error"] == "" {
			t.Errorf("an unknown command: %d %v", status, members)
		}
	}
}

// The package comment and -h name every command.
func TestControlIsDocumented(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	if code := run(t.Context(), []string{"-h"}, &stderr, &stderr); code != exitDone {
		t.Errorf("exit code %d, want 0", code)
	}
	h := serving(t, "-proctoru", "127.0.0.1:0", "-edx", "127.0.0.1:0")
	routes := must(t, "GET", h.ProctorU.Control)
	maps.Copy(routes, must(t, "GET", h.EdX.Control))
	for route := range routes {
		if !strings.Contains(stderr.String(), "  "+route+" ") {
			t.Errorf("-h does not name %s", route)
		}
		method, name, _ := strings.Cut(route, " ")
		if line := fmt.Sprintf("//\t%-4s /_control/%s ", method, name); !strings.Contains(source(t), line) {
			t.Errorf("the package comment has no line %q", line)
		}
	}
}

func TestControlPlaysFaultsAndVariants(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "127.0.0.1:0", "-fault", "status-503:getTimeZoneList:2", "-variant", "empty-list=null")
	zones := func() int {
		req := newRequest(t, "GET", h.ProctorU.URL+"/getTimeZoneList", "", "")
		req.Header.Set("Authorization-Token", h.ProctorU.Token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := []int{zones(), zones(), zones()}; fmt.Sprint(got) != "[200 503 200]" {
		t.Errorf("statuses = %v, want the second to be 503", got)
	}
	must(t, "POST", h.ProctorU.Control+"fault", "kind", "status-429", "endpoint", "getTimeZoneList", "times", "2", "delay", "2s")
	if got := []int{zones(), zones(), zones()}; fmt.Sprint(got) != "[429 429 200]" {
		t.Errorf("statuses = %v, want two of 429", got)
	}
	must(t, "POST", h.ProctorU.Control+"fault", "kind", "down")
	must(t, "POST", h.ProctorU.Control+"clear")
	if got := zones(); got != 200 {
		t.Errorf("status after clear = %d, want 200", got)
	}
	must(t, "POST", h.ProctorU.Control+"variant", "name", "move", "alternative", "same-number")
	playing := map[any]any{}
	for _, item := range must(t, "GET", h.ProctorU.Control+"variants")["list"].([]any) {
		v := item.(map[string]any)
		playing[v["name"]] = v["playing"]
	}
	if playing["move"] != "same-number" || playing["empty-list"] != "null" || playing["bad-key"] != "code-2" {
		t.Errorf("playing = %v", playing)
	}
	faults := must(t, "GET", h.ProctorU.Control+"faults")
	if !strings.Contains(fmt.Sprint(faults["endpoints"]), "exams/add_record_plus_exams/fulfill") || !strings.Contains(fmt.Sprint(faults["kinds"]), "gzip-bomb") {
		t.Errorf("faults = %v", faults)
	}
	seen := must(t, "GET", h.ProctorU.Control+"counts")
	if fmt.Sprint(seen["requests"]) != "map[getTimeZoneList:7]" || fmt.Sprint(seen["faults"]) != "map[status-429:2 status-503:1]" {
		t.Errorf("counts = %v", seen)
	}
}

func TestControlActsForTheProvider(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "127.0.0.1:0", "-webhook-secret", "whsec-example")
	control := h.ProctorU.Control
	row := func(i int) map[string]any {
		return must(t, "GET", control+"reservations")["list"].([]any)[i].(map[string]any)
	}
	before := row(0)
	if before["reservation_id"] != "sample-1" || before["active"] != true || before["student_id"] != "learner-8" {
		t.Fatalf("the sample reservation is %v", before)
	}
	start, err := time.Parse(time.RFC3339, fmt.Sprint(before["start_date"]))
	if err != nil {
		t.Fatal(err)
	}
	moved := must(t, "POST", control+"provider", "act", "move", "reservation_no", "900000501", "start", start.Add(time.Hour).Format(time.RFC3339))
	if moved["reservation_no"] != 900000502.0 || row(0)["canceled"] != true {
		t.Errorf("move = %v, the old one is %v", moved, row(0))
	}
	must(t, "POST", control+"clock", "to", start.Add(time.Hour).Format(time.RFC3339))
	must(t, "POST", control+"provider", "act", "start", "reservation_no", "900000502")
	must(t, "POST", control+"provider", "act", "end", "reservation_no", "900000502", "authenticated", "Y", "submitted", "Y")
	if got := fmt.Sprint(row(1)["verdict"]); got != "map[authenticated:true escalated:false incident:false submitted:true]" {
		t.Errorf("verdict = %s", got)
	}
	events := must(t, "GET", control+"webhooks", "kind", "form", "kind", "twice")["list"].([]any)
	first := events[0].(map[string]any)
	if len(events) != 6 || !strings.Contains(fmt.Sprint(first["body"]), "event%5Bid%5D=") || !strings.Contains(fmt.Sprint(first["header"]), "sha1=") {
		t.Errorf("%d webhooks, the first is %v; want 3 events twice as signed forms", len(events), first)
	}
	if again := must(t, "GET", control+"webhooks")["list"].([]any); len(again) != 0 {
		t.Errorf("%d webhooks again, want none", len(again))
	}
	if profile := must(t, "GET", control+"learner", "student_id", "learner-7"); profile["first_name"] != "Ada" {
		t.Errorf("learner = %v", profile)
	}
	if got := must(t, "POST", control+"reset-errors"); got["done"] != true {
		t.Errorf("reset-errors = %v", got)
	}
}

func TestControlMovesTheClockOfBothFakes(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "127.0.0.1:0", "-edx", "127.0.0.1:0")
	now := func(control string) time.Time {
		at, err := time.Parse(time.RFC3339, fmt.Sprint(must(t, "GET", control+"clock")["now"]))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	must(t, "POST", h.EdX.Control+"clock", "by", "48h")
	if ahead := time.Until(now(h.ProctorU.Control)); ahead < 47*time.Hour || ahead > 49*time.Hour {
		t.Errorf("the clock is %v ahead, want 48h", ahead)
	}
}

// Slots are taken away and given back, by JSON as well.
func TestControlOfSlots(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "127.0.0.1:0")
	start := time.Now().UTC().AddDate(0, 0, 3).Truncate(24 * time.Hour).Format(time.RFC3339)
	free := func() bool {
		req := newRequest(t, "GET", h.ProctorU.URL+"/getScheduleInfoAvailableTimesList?time_zone_id=UTC&duration=60&isadhoc=Y&start_date="+start, "", "")
		req.Header.Set("Authorization-Token", h.ProctorU.Token)
		_, members := fetch(t, req)
		return strings.Contains(fmt.Sprint(members["data"]), start)
	}
	if !free() {
		t.Fatal("the slot is taken at first")
	}
	status, members := fetch(t, newRequest(t, "POST", h.ProctorU.Control+"slot", "application/json", `{"start":"`+start+`","free":false}`))
	if status != http.StatusOK || free() {
		t.Errorf("taking it away: %d %v, free %v", status, members, free())
	}
	if must(t, "POST", h.ProctorU.Control+"slot", "start", start, "free", "Y"); !free() {
		t.Error("the slot was given back, and is taken")
	}
}

// A BlueBird exam: the learner chooses the time on the provider's site.
func TestControlSchedulesForTheLearner(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "127.0.0.1:0")
	today := time.Now().UTC().Truncate(24 * time.Hour)
	req := newRequest(t, "POST", h.ProctorU.URL+"/addBlueBirdExam", "application/json", `{"student_id":"learner-7","first_name":"Ada","last_name":"Example",`+
		`"email":"ada@example.org","time_zone_id":"UTC","exam_id":"e-9","description":"Quiz","duration":30,`+
		`"active_date":"`+today.Format("2006-01-02T15:04:05")+`","end_date":"9999-12-31T23:59:00"}`)
	req.Header.Set("Authorization-Token", h.ProctorU.Token)
	if _, members := fetch(t, req); members["response_code"] != 1.0 {
		t.Fatalf("addBlueBirdExam: %v", members)
	}
	got := must(t, "POST", h.ProctorU.Control+"provider", "act", "schedule", "student_id", "learner-7", "exam_id", "e-9",
		"start", today.AddDate(0, 0, 2).Format(time.RFC3339))
	if got["reservation_no"] != 900000502.0 {
		t.Errorf("schedule = %v", got)
	}
}

func TestControlOfEdX(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "", "-edx", "127.0.0.1:0", "-edx-fault", "status-503:access_token")
	if h.ProctorU != nil {
		t.Errorf("ProctorU is served: %+v", h.ProctorU)
	}
	token := func() (int, string) {
		req := newRequest(t, "POST", h.EdX.URL+"/oauth2/access_token", formType,
			"grant_type=client_credentials&token_type=jwt&client_id="+h.EdX.ClientID+"&client_secret="+h.EdX.ClientSecret)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("Content-Type")
	}
	if status, _ := token(); status != http.StatusServiceUnavailable {
		t.Errorf("first token: %d, want 503", status)
	}
	if status, _ := token(); status != http.StatusOK {
		t.Errorf("second token: %d, want 200", status)
	}
	must(t, "POST", h.EdX.Control+"fault", "kind", "status-500-before")
	if status, _ := token(); status != http.StatusInternalServerError {
		t.Errorf("third token: %d, want 500", status)
	}
	must(t, "POST", h.EdX.Control+"variant", "name", "special-exams", "alternative", "off")
	if got := fmt.Sprint(must(t, "GET", h.EdX.Control+"variants"), must(t, "GET", h.EdX.Control+"faults")); !strings.Contains(got, "special-exams") || !strings.Contains(got, "POST /api/enrollment/v1/enrollment") {
		t.Errorf("variants and faults = %s", got)
	}
	must(t, "POST", h.EdX.Control+"revoke-tokens")
	must(t, "POST", h.EdX.Control+"clear")
	if counts := must(t, "GET", h.EdX.Control+"counts"); !strings.Contains(fmt.Sprint(counts), "access_token:3") {
		t.Errorf("counts = %v, want three requests for a token", counts)
	}
}

// edx-exams has an address of its own, and shares the platform's state.
func TestEdXExams(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "", "-edx", "127.0.0.1:0", "-edx-exams", "127.0.0.1:0")
	if h.EdX.ExamsURL == "" || h.EdX.ExamsURL == h.EdX.URL || len(h.EdX.Exams) != 1 {
		t.Fatalf("first line = %+v", h.EdX)
	}
	resp, err := http.Get(h.EdX.ExamsURL + "/api/v1/exams/course_id/" + h.EdX.Courses[0])
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("status without a token = %d, want 401", resp.StatusCode)
	}
	must(t, "GET", h.EdX.ExamsURL+controlPath+"counts")
}

func TestControlRefusals(t *testing.T) {
	t.Parallel()
	h := serving(t, "-proctoru", "127.0.0.1:0", "-edx", "127.0.0.1:0")
	for _, tt := range []struct {
		method, command string
		pairs           []string
		want            string
	}{
		{"POST", "fault", []string{"kind", "loose-answer"}, `no fault "loose-answer"`},
		{"POST", "fault", []string{"kind", "down", "endpoint", "addAdhocProcess"}, `no endpoint "addAdhocProcess"`},
		{"POST", "fault", []string{"kind", "late", "delay", "soon"}, "delay: want a duration"},
		{"POST", "fault", []string{"kind", "late", "nth", "one"}, "nth: want a whole number"},
		{"POST", "variant", []string{"name", "move", "alternative", "never"}, `no alternative "never"`},
		{"POST", "clock", []string{"by", "a day"}, "by: want a duration"},
		{"POST", "clock", []string{"to", "tomorrow"}, "to: want a time"},
		{"POST", "provider", []string{"act", "dance"}, "act: want cancel"},
		{"POST", "provider", []string{"act", "cancel", "reservation_no", "17"}, "there is no reservation 17 for which this can be done"},
		{"POST", "provider", []string{"act", "cancel", "reservation_no", "one"}, "reservation_no: want a whole number"},
		{"POST", "provider", []string{"act", "move", "reservation_no", "900000501"}, "start: want a time"},
		{"POST", "provider", []string{"act", "schedule", "start", "2030-03-12T09:00:00Z"}, "is not registered"},
		{"POST", "slot", nil, "start: want a time"},
		{"GET", "learner", []string{"student_id", "nobody"}, "no such learner"},
		{"GET", "webhooks", []string{"kind", "jsn"}, `not "jsn"`},
	} {
		status, members := ask(t, tt.method, h.ProctorU.Control+tt.command, tt.pairs...)
		if text := fmt.Sprint(members["error"]); status != http.StatusBadRequest || !strings.Contains(text, tt.want) {
			t.Errorf("%s %q: %d %s, want 400 with %q", tt.command, tt.pairs, status, text, tt.want)
		}
	}
	if status, members := ask(t, "POST", h.EdX.Control+"fault"); status != http.StatusBadRequest || members["error"] == nil {
		t.Errorf("a fault without a kind: %d %v", status, members)
	}
	if status, members := fetch(t, newRequest(t, "POST", h.ProctorU.Control+"variant", "application/json", `{"name":`)); status != http.StatusBadRequest {
		t.Errorf("half of a JSON object: %d %v", status, members)
	}
}
