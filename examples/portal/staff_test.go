package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	bookingLink = regexp.MustCompile(`/staff/bookings/(pb-[a-z0-9-]+)`)
	nextLink    = regexp.MustCompile(`rel="next" href="([^"]+)"`)
)

// The lists show what the sample's learners did, by the portal's own flow.
func TestStaffLists(t *testing.T) {
	t.Parallel()
	s := newSite(t, 40)
	b := s.as("office")
	first := b.get("/staff").wants(t, http.StatusOK, "35 bookings", "finished", "canceled", "not attended", "passed", "ago")
	next := nextLink.FindStringSubmatch(first.body)
	if next == nil {
		t.Fatalf("the list has one page\n%s", first.body)
	}
	second := b.get(strings.ReplaceAll(next[1], "&amp;", "&")).wants(t, http.StatusOK, "First page")
	rows := map[string]bool{}
	for _, m := range bookingLink.FindAllStringSubmatch(first.body+second.body, -1) {
		rows[m[1]] = true
	}
	if len(rows) != 35 {
		t.Errorf("%d bookings on two pages, want 35", len(rows))
	}
	for path, tt := range map[string][2]string{
		"/staff?state=canceled":                {"canceled</span>", "finished</span>"},
		"/staff?q=learner01":                   {"Amina", "Bruno"},
		"/staff?q=900000501":                   {"/staff/bookings/", "No booking"},
		"/staff?q=nobody":                      {"Nobody of this name", "finished</span>"},
		"/staff?exam=history":                  {"No booking is like this", "finished</span>"},
		"/staff?from=2001-01-01&to=2001-01-02": {"No booking is like this", "finished</span>"},
	} {
		got := b.get(path).wants(t, http.StatusOK, tt[0])
		table := got.body[strings.Index(got.body, `class="scroll"`):]
		if strings.Contains(table, tt[1]) {
			t.Errorf("%s shows %q", path, tt[1])
		}
	}
	all := b.get("/staff/sessions.csv").wants(t, http.StatusOK, "learner")
	csv := b.get("/staff/sessions.csv?state=canceled").wants(t, http.StatusOK, "canceled")
	if whole, part := strings.Count(all.body, "\n"), strings.Count(csv.body, "\n"); whole != 36 || part < 3 || part > 12 {
		t.Errorf("%d lines, and %d of those that are canceled; want 36, and some", whole, part)
	}
	if !strings.HasPrefix(csv.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file is shown as a page: %q", csv.header)
	}
	b.get("/staff/not-booked?exam=statistics").wants(t, http.StatusOK, "never", "canceled")
	b.get("/staff/not-booked.csv?exam=statistics").wants(t, http.StatusOK, "ada_l")
	b.get("/staff/discrepancies").wants(t, http.StatusOK, "Discrepancies")
	b.get("/staff/discrepancies.csv").wants(t, http.StatusOK)
	b.get("/staff/charts").wants(t, http.StatusOK, "per-day.svg", "outcomes-dark.svg", "ahead.svg")
	for _, name := range []string{"per-day", "outcomes-dark", "ahead"} {
		svg := b.get("/staff/charts/"+name+".svg").wants(t, http.StatusOK, "<svg")
		if strings.Contains(svg.body, "<script") || svg.header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s is no plain picture", name)
		}
	}
	b.get("/staff/charts/none.svg").wants(t, http.StatusNotFound)
}

// What staff does to a booking stands in its timeline, with why and by whom.
func TestStaffActs(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	booking := "/staff" + s.as("ada_l").book("statistics", 0)
	ada := s.as("ada_l")
	b := s.as("office")
	b.get(booking).wants(t, http.StatusOK, "Write a note", "Cancel", "requested")
	b.post(booking+"/note", "reason", "called =1+1").wants(t, http.StatusOK, "called =1&#43;1", "(office)")
	b.post(booking+"/note", "reason", "").wants(t, http.StatusUnprocessableEntity)
	b.post(booking+"/void", "reason", "x").wants(t, http.StatusConflict)
	b.post(booking+"/look").wants(t, http.StatusOK)
	b.post(booking+"/nothing", "reason", "x").wants(t, http.StatusNotFound)
	b.post(booking+"/resolve", "decision", "keep", "reason", "x").wants(t, http.StatusConflict)
	b.post(booking+"/resolve", "decision", "stands", "start", "soon", "reason", "x").wants(t, http.StatusBadRequest)
	ada.post(strings.TrimPrefix(booking, "/staff")+"/begin").wants(t, http.StatusOK)
	b.post(booking+"/reset-code", "reason", "the proctor lost it").wants(t, http.StatusOK, "code reset")
	b.post(booking+"/void", "reason", "it broke off").wants(t, http.StatusOK, "voided", "it broke off")
	b.get(booking+"?all=1").wants(t, http.StatusOK, "sent", "begin sent")
	b.get(booking+"/events.csv").wants(t, http.StatusOK, "it broke off")
	b.get("/staff/bookings/pb-none").wants(t, http.StatusNotFound)
	ada.get("/exams/statistics").wants(t, http.StatusOK, "You may book it", "void")
}

func TestAccommodation(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b, mei := s.as("office"), s.as("nour")
	list := b.get("/staff/not-booked").wants(t, http.StatusOK)
	if !strings.Contains(list.body, "نور") {
		t.Error("a learner who may book is not listed")
	}
	l, err := s.portal.s.Learner(t.Context(), "nour")
	if err != nil {
		t.Fatal(err)
	}
	page := "/staff/learners/" + string(l.ID)
	b.get(page).wants(t, http.StatusOK, "There are none.", "2 hours long")
	b.post(page, "exam", "algorithms", "percent", "50", "minutes", "15", "reason", "decision 7").wants(t, http.StatusOK, "3 hours 15 minutes long", `value="50"`)
	mei.get("/exams/algorithms").wants(t, http.StatusOK, "3 hours 15 minutes")
	b.post(page, "exam", "algorithms", "percent", "0", "minutes", "0", "reason", "withdrawn").wants(t, http.StatusOK, `value="0"`)
	b.post(page, "exam", "algorithms", "percent", "many").wants(t, http.StatusBadRequest)
	b.get("/staff/learners/none").wants(t, http.StatusNotFound)
	b.get("/staff?"+url.Values{"q": {"nour"}}.Encode()).wants(t, http.StatusOK, "No booking")
}
