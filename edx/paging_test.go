package edx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// list is a method that walks a list page by page.
type list struct {
	name, page string // the method, and the one that returns a single page
	route      string // of the first page, without query
	query      string // of the first page
	link       string // the query of the second page, with all filters
	form       string // a page, with %s for the items and for what says where the next one is
	item       string // with %d
	more, last string // what says where the next page is
	walk       func(context.Context, *edx.Client, string) iter.Seq2[string, error]
}

// texts walks a list and turns its items into text.
func walk[T any](items iter.Seq2[T, error], text func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for item, err := range items {
			if !yield(text(item), err) {
				return
			}
		}
	}
}

const (
	linkForm     = `{"results":[%s],"previous":null,"next":%s}`
	coursesForm  = `{"results":[%s],"pagination":{"previous":null,"count":4,"num_pages":2,"next":%s}}`
	attemptsForm = `{"proctored_exam_attempts":[%s],"pagination_info":{%s}}`
)

// lists are all walks of the client. PLATFORM stands for the base URL.
var lists = []list{
	{
		name: "Courses.All", page: "Courses.List", route: "/api/courses/v1/courses/", query: "org=ExampleX&page_size=2", link: "org=ExampleX&page=2&page_size=2",
		form: coursesForm, item: `{"id":"course-v1:a+b+%d"}`, more: `"PLATFORM/api/courses/v1/courses/?org=ExampleX&page=2"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			return walk(c.Courses.All(ctx, edx.ListCoursesParams{Org: "ExampleX", PageSize: 2, Cursor: cursor}), func(c edx.Course) string { return c.Key.Run() })
		},
	},
	{
		name: "Courses.AllIDs", page: "Courses.IDs", route: "/api/courses/v1/course_ids/", query: "page_size=2&role=staff", link: "page=2&page_size=2&role=staff",
		form: coursesForm, item: `"course-v1:a+b+%d"`, more: `"PLATFORM/api/courses/v1/course_ids/?page=2&role=staff"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			return walk(c.Courses.AllIDs(ctx, edx.ListCourseIDsParams{Role: edx.RoleStaff, PageSize: 2, Cursor: cursor}), func(id edx.CourseID) string { return id.Key.Run() })
		},
	},
	{
		name: "Enrollments.All", page: "Enrollments.List", route: "/api/enrollment/v1/enrollments", query: "email=ada%40example.org", link: "cursor=cD0y&email=ada%40example.org",
		form: linkForm, item: `{"mode":"audit","is_active":true,"user":"%d","course_id":"course-v1:a+b+c"}`, more: `"PLATFORM/api/enrollment/v1/enrollments?cursor=cD0y"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			return walk(c.Enrollments.All(ctx, edx.ListEnrollmentsParams{Emails: []string{"ada@example.org"}, Cursor: cursor}), func(e edx.EnrollmentRow) string { return e.Username })
		},
	},
	{
		name: "Grades.All", page: "Grades.List", route: "/api/grades/v1/courses/" + cs101Path + "/", query: "page_size=2", link: "cursor=cD0y&page_size=2",
		form: linkForm, item: `{"username":"%d","passed":true}`, more: `"PLATFORM/api/grades/v1/courses/x/?cursor=cD0y"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			return walk(c.Grades.All(ctx, cs101, edx.ListGradesParams{PageSize: 2, Cursor: cursor}), func(g edx.Grade) string { return g.Username })
		},
	},
	{
		name: "Grades.AllGradebook", page: "Grades.Gradebook", route: "/api/grades/v1/gradebook/" + cs101Path + "/",
		query: "cohort_id=3&course_grade_max=80.5&course_grade_min=0&enrollment_mode=verified&page_size=2&user_contains=a", link: "cohort_id=3&course_grade_max=80.5&course_grade_min=0&cursor=cD0y&enrollment_mode=verified&page_size=2&user_contains=a",
		form: linkForm, item: `{"username":"%d"}`, more: `"/api/grades/v1/gradebook/x/?cursor=cD0y"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			params := edx.GradebookParams{PageSize: 2, Cursor: cursor, CohortID: 3, Mode: edx.Verified, UserContains: "a", MinPercent: new(0.0), MaxPercent: new(80.5)}
			return walk(c.Grades.AllGradebook(ctx, cs101, params), func(g edx.GradebookEntry) string { return g.Username })
		},
	},
	{
		name: "Grades.AllSections", page: "Grades.Sections", route: "/api/grades/v1/section_grades_breakdown/", query: "", link: "cursor=cD0y",
		form: linkForm, item: `{"username":"%d","course_id":"course-v1:a+b+c"}`, more: `"PLATFORM/api/grades/v1/section_grades_breakdown/?cursor=cD0y"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			return walk(c.Grades.AllSections(ctx, edx.SectionGradesParams{Cursor: cursor}), func(g edx.SectionGrades) string { return g.Username })
		},
	},
	{
		name: "SpecialExams.AllAttempts", page: "SpecialExams.Attempts", route: "/api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/" + cs101Path, query: "", link: "page=2",
		form: attemptsForm, item: `{"id":1%d,"status":"submitted","external_id":"%[1]d"}`, more: `"has_next":true,"current_page":1,"total_pages":2`, last: `"has_next":false,"current_page":2,"total_pages":2`,
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			return walk(c.SpecialExams.AllAttempts(ctx, cs101, edx.ListAttemptsParams{Cursor: cursor}), func(g edx.AttemptGroup) string { return g.Latest.ExternalID })
		},
	},
	{
		name: "SpecialExams.AllOnboarding", page: "SpecialExams.OnboardingList", route: "/api/edx_proctoring/v1/user_onboarding/status/course_id/" + cs101Path, query: "statuses=verified%2Crejected&text_search=a", link: "page=2&statuses=verified%2Crejected&text_search=a",
		form: linkForm, item: `{"username":"%d","status":"verified"}`, more: `"/api/edx_proctoring/v1/user_onboarding/status/course_id/x?page=2&text_search=a"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			params := edx.ListOnboardingParams{Search: "a", Statuses: []string{"verified", "rejected"}, Cursor: cursor}
			return walk(c.SpecialExams.AllOnboarding(ctx, cs101, params), func(e edx.OnboardingEntry) string { return e.Username })
		},
	},
	{
		name: "Exams.AllAttempts", page: "Exams.Attempts", route: "/api/v1/instructor_view/course_id/" + cs101Path + "/attempts", query: "exam_id=7&limit=2", link: "exam_id=7&limit=2&offset=2",
		form: linkForm, item: `{"attempt_id":1%d,"attempt_status":"verified","username":"%[1]d"}`, more: `"PLATFORM/api/v1/instructor_view/course_id/x/attempts?exam_id=7&limit=2&offset=2"`, last: "null",
		walk: func(ctx context.Context, c *edx.Client, cursor string) iter.Seq2[string, error] {
			return walk(c.Exams.AllAttempts(ctx, cs101, edx.ListExamAttemptsParams{ExamID: 7, Limit: 2, Cursor: cursor}), func(a edx.ExamAttempt) string { return a.Username })
		},
	},
}

// first and second are the routes of the list's two pages.
func (l list) first() string  { return "GET " + l.route + question(l.query) }
func (l list) second() string { return "GET " + l.route + question(l.link) }

func question(query string) string {
	if query == "" {
		return ""
	}
	return "?" + query
}

// reply is a page in the list's form.
func (l list) reply(p *lms, where string, numbers ...int) string {
	items := make([]string, len(numbers))
	for i, n := range numbers {
		items[i] = fmt.Sprintf(l.item, n)
	}
	return fmt.Sprintf(l.form, strings.Join(items, ","), strings.ReplaceAll(where, "PLATFORM", p.URL))
}

// collect takes all items, up to many, and the error that ended the walk.
func collect(items iter.Seq2[string, error]) (got []string, err error) {
	for item, err := range items {
		if err != nil {
			return got, err
		}
		if got = append(got, item); len(got) > 1000 {
			break
		}
	}
	return got, nil
}

func TestListsAreWalkedToTheirEnd(t *testing.T) {
	t.Parallel()
	for _, l := range lists {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(l.first(), l.reply(p, l.more, 1, 2))
			p.json(l.second(), l.reply(p, l.last, 3))
			client := p.client(t)
			walk := l.walk(t.Context(), client, "")
			for range 2 { // a walk can be walked again
				got, err := collect(walk)
				if want := []string{"1", "2", "3"}; err != nil || !slices.Equal(got, want) {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			}
			for range walk {
				break
			}
			if first, second := p.count(l.first()), p.count(l.second()); first != 3 || second != 2 {
				t.Errorf("%d and %d requests for the two pages, want 3 and 2: a break asks for no more", first, second)
			}
		})
	}
}

// An empty page in the middle is no end, and no page at all is.
func TestListsWithEmptyPages(t *testing.T) {
	t.Parallel()
	for _, l := range lists {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(l.first(), l.reply(p, l.more))
			p.json(l.second(), l.reply(p, l.last, 3))
			if got, err := collect(l.walk(t.Context(), p.client(t), "")); err != nil || !slices.Equal(got, []string{"3"}) {
				t.Errorf("an empty page first: got %q, %v, want 3", got, err)
			}
			p.json(l.first(), l.reply(p, strings.Replace(l.last, `"current_page":2`, `"current_page":1`, 1)))
			if got, err := collect(l.walk(t.Context(), p.client(t), "")); err != nil || len(got) != 0 {
				t.Errorf("no items: got %q, %v, want none", got, err)
			}
		})
	}
}

// What goes wrong on the second page comes after the items of the first, last.
func TestListsEndWithTheirError(t *testing.T) {
	t.Parallel()
	for _, l := range lists {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json(l.first(), l.reply(p, l.more, 1, 2))
			p.reply(l.second(), http.StatusForbidden, "application/json", `{"detail":"No."}`)
			var got []string
			for item, err := range l.walk(t.Context(), p.client(t), "") {
				if got = append(got, item); err != nil && !errors.Is(err, edx.ErrForbidden) || (err != nil) != (len(got) == 3) {
					t.Errorf("item %d: error = %v, want ErrForbidden with the third", len(got), err)
				}
			}
			if len(got) != 3 || p.count(l.second()) != 1 {
				t.Errorf("%d items and %d requests for the second page, want 3 and 1", len(got), p.count(l.second()))
			}
		})
	}
}

// Links are followed by their position alone, and never to another host.
func TestListsAndOddLinks(t *testing.T) {
	t.Parallel()
	for _, l := range lists {
		if l.form == attemptsForm {
			continue // has no links
		}
		_, query, _ := strings.Cut(strings.Trim(l.more, `"`), "?")
		for name, tt := range map[string]struct {
			link string
			bad  bool
		}{
			"https where we have http":  {`"https://127.0.0.1/x?` + query + `"`, false},
			"a link without a host":     {`"?` + query + `"`, false},
			"other filters":             {`"PLATFORM/y?username=eve&` + query + `"`, false},
			"another host":              {`"https://evil.example.org/x?` + query + `"`, true},
			"another host in user info": {`"https://127.0.0.1@evil.example.org/x?` + query + `"`, true},
			"no position":               {`"PLATFORM/x?page_size=1"`, true},
			"no link at all":            {`"%zz"`, true},
		} {
			t.Run(l.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := newLMS(t)
				p.json(l.first(), l.reply(p, tt.link, 1, 2))
				p.json(l.second(), l.reply(p, l.last, 3))
				got, err := collect(l.walk(t.Context(), p.client(t), ""))
				if tt.bad && (!errors.Is(err, edx.ErrNotJSON) || len(got) != 2 || p.count(l.second()) != 0) {
					t.Errorf("got %q, %v, want the page at hand, and then ErrNotJSON", got, err)
				}
				if !tt.bad && (err != nil || len(got) != 3) {
					t.Errorf("got %q, %v, want three items", got, err)
				}
			})
		}
	}
}

// edx-exams has a host of its own: its links lead there, and not to the LMS.
func TestLinksOfExams(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]error{
		"https://exams.example.org/x?offset=2":     nil,
		"http://EXAMS.example.org:8000/x?offset=2": nil,
		"https://lms.example.org/x?offset=2":       edx.ErrNotJSON,
	} {
		rt := canned{http.StatusOK, []byte(`{"results":[],"next":"` + link + `"}`)}
		client, err := edx.NewClient("https://lms.example.org", edx.WithExamsURL("https://exams.example.org"),
			edx.WithTransport(rt), edx.WithTokenSource(tokenOf("t")))
		if err != nil {
			t.Fatal(err)
		}
		page, err := client.Exams.Attempts(t.Context(), cs101, edx.ListExamAttemptsParams{ExamID: 7})
		if !errors.Is(err, want) || err == nil && page.Next != "2" {
			t.Errorf("%s: %+v, %v, want %v", link, page, err, want)
		}
	}
}

// A page that leads back would be walked for ever.
func TestListsThatLeadBack(t *testing.T) {
	t.Parallel()
	for length := 1; length <= 9; length++ {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			for i := range length + 2 { // two pages lead into a circle
				next := i + 1
				if next == length+2 {
					next = 2
				}
				route := "GET /api/enrollment/v1/enrollments"
				if i > 0 {
					route += fmt.Sprintf("?cursor=c%d", i)
				}
				p.json(route, fmt.Sprintf(`{"next":"/x?cursor=c%d","results":[{"mode":"audit","is_active":true,"user":"u","course_id":"course-v1:a+b+c"}]}`, next))
			}
			items := 0
			for _, err := range p.client(t).Enrollments.All(t.Context(), edx.ListEnrollmentsParams{}) {
				if items++; items > 100 {
					t.Fatal("it goes round in circles")
				}
				if err != nil && !errors.Is(err, edx.ErrNotJSON) {
					t.Errorf("error = %v, want ErrNotJSON", err)
				}
			}
		})
	}
}

// A list whose every page names another one, and never the same, has an end too.
func TestListsWithoutEnd(t *testing.T) {
	t.Parallel()
	asked := 0
	client, err := edx.NewClient("https://lms.example.org", edx.WithTokenSource(tokenOf("t")), edx.WithLimiter(noLimit{}),
		edx.WithTransport(roundTripper(func(*http.Request) *http.Response {
			asked++
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(fmt.Sprintf(`{"next":"/x?cursor=c%d","results":[]}`, asked)))}
		})))
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range client.Enrollments.All(t.Context(), edx.ListEnrollmentsParams{}) {
		last = err
	}
	if !errors.Is(last, edx.ErrTooManyPages) || asked != edx.MaxPages {
		t.Errorf("ended with %v after %d pages, want ErrTooManyPages after %d", last, asked, edx.MaxPages)
	}
}

// A page says how many items there are, and its Next leads to the one after it.
func TestOnePage(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	l := lists[0]
	p.json(l.first(), l.reply(p, l.more, 1, 2))
	p.json(l.second(), l.reply(p, l.last, 3))
	client, params := p.client(t), edx.ListCoursesParams{Org: "ExampleX", PageSize: 2}
	first, err := client.Courses.List(t.Context(), params)
	if err != nil || len(first.Items) != 2 || first.Total != 4 || first.Next != "2" {
		t.Fatalf("List = %+v, %v, want two of four items and more to come", first, err)
	}
	params.Cursor = first.Next
	if second, err := client.Courses.List(t.Context(), params); err != nil || len(second.Items) != 1 || second.Next != "" {
		t.Errorf("List = %+v, %v, want the last item", second, err)
	}
}

// rows serves the enrollments of a large platform, 100 a page.
type rows struct {
	total int
	mu    sync.Mutex
	pages int
	conns map[string]bool
}

func (s *rows) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.pages++
	s.conns[r.RemoteAddr] = true
	s.mu.Unlock()
	at, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	next := "null"
	if at+100 < s.total {
		next = fmt.Sprintf(`"http://%s%s?cursor=%d"`, r.Host, r.URL.Path, at+100)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"next":%s,"previous":null,"results":[`, next)
	for i := range 100 {
		if i > 0 {
			fmt.Fprint(w, ",")
		}
		fmt.Fprintf(w, `{"created":"2026-02-11T19:44:31.802434Z","mode":"verified","is_active":true,"user":"learner-%d","course_id":"course-v1:ExampleX+CS101+2026_T1"}`, at+i)
	}
	fmt.Fprint(w, "]}")
}

// This test measures, and so runs alone.
func TestWalkOverAHundredThousandEnrollments(t *testing.T) {
	const total = 100_000
	source := &rows{total: total, conns: map[string]bool{}}
	server := httptest.NewServer(source)
	defer server.Close()
	transport := &http.Transport{}
	client, err := edx.NewClient(server.URL, edx.WithTransport(transport), edx.WithLimiter(noLimit{}), edx.WithClock(newClock()),
		edx.WithTokenSource(tokenOf("t")))
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	var early, late uint64
	n := 0
	for row, err := range client.Enrollments.All(t.Context(), edx.ListEnrollmentsParams{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 && row.Username != "learner-0" || n == total-1 && row.Username != "learner-99999" {
			t.Errorf("row %d is %+v", n, row)
		}
		switch n++; n {
		case total / 20:
			early = liveHeap()
		case total - 150:
			late = liveHeap()
		}
	}
	if n != total || source.pages != total/100 {
		t.Errorf("%d rows in %d pages, want %d in %d", n, source.pages, total, total/100)
	}
	if late > early+256<<10 {
		t.Errorf("live heap grew from %d to %d bytes between the 5,000th and the 99,850th row", early, late)
	}
	t.Logf("live heap %d bytes at the 5,000th row, %d at the 99,850th", early, late)

	source.pages = 0
	n = 0
	for range client.Enrollments.All(t.Context(), edx.ListEnrollmentsParams{}) {
		if n++; n == 150 {
			break
		}
	}
	if source.pages != 2 {
		t.Errorf("%d pages were read for 150 rows, want 2", source.pages)
	}
	if len(source.conns) > 3 { // one, but for the moment in which net/http has not taken it back
		t.Errorf("%d connections were used for %d pages, want one again and again", len(source.conns), total/100)
	}
	transport.CloseIdleConnections()
	for wait := time.Now(); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Since(wait) > 3*time.Second {
			t.Fatalf("%d goroutines are left, %d were there before", runtime.NumGoroutine(), before)
		}
	}
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Who cancels between two pages gets no more.
func TestWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&rows{total: 1000, conns: map[string]bool{}})
	defer server.Close()
	client, err := edx.NewClient(server.URL, edx.WithLimiter(noLimit{}), edx.WithTokenSource(tokenOf("t")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range client.Enrollments.All(ctx, edx.ListEnrollmentsParams{}) {
		if n++; n == 50 {
			cancel()
		}
		if err != nil && (!errors.Is(err, context.Canceled) || n != 101) {
			t.Errorf("item %d: error = %v, want context.Canceled after 100 rows", n, err)
		}
	}
	if n != 101 {
		t.Errorf("%d items, want the rest of the page and the error", n)
	}
}

// roundTripper answers without a network.
type roundTripper func(*http.Request) *http.Response

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
