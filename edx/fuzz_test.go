package edx_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
)

// FuzzKeys checks that a key is printed as it was read, that its parts are those
// in the text, and that nothing makes the parsers panic.
func FuzzKeys(f *testing.F) {
	for _, seed := range courseKeys {
		f.Add(seed.text)
	}
	for _, seed := range usageKeys {
		f.Add(seed.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := edx.ParseCourseKey(text); err == nil {
			checkCourseKey(t, text, key)
		} else if !key.IsZero() {
			t.Errorf("%q: a key beside the error %v", text, err)
		}
		if key, err := edx.ParseUsageKey(text); err == nil {
			checkUsageKey(t, text, key)
		} else if !key.IsZero() {
			t.Errorf("%q: a key beside the error %v", text, err)
		}
	})
}

func checkCourseKey(t *testing.T, text string, key edx.CourseKey) {
	again, err := edx.ParseCourseKey(key.String())
	if key.String() != text || err != nil || again != key {
		t.Errorf("%q is printed as %q and read again as %q, %v", text, key, again, err)
	}
	separator := "+"
	if !strings.Contains(text, ":") {
		separator = "/"
	}
	if core := strings.Join([]string{key.Org(), key.Course(), key.Run()}, separator); !strings.Contains(text, core) {
		t.Errorf("%q has the parts %q", text, core)
	}
}

func checkUsageKey(t *testing.T, text string, key edx.UsageKey) {
	again, err := edx.ParseUsageKey(key.String())
	if key.String() != text || err != nil || again != key {
		t.Errorf("%q is printed as %q and read again as %q, %v", text, key, again, err)
	}
	if key.BlockType() == "" || key.BlockID() == "" {
		t.Errorf("%q has type %q and id %q", text, key.BlockType(), key.BlockID())
	}
	if course := key.CourseKey(); !course.IsZero() {
		checkCourseKey(t, course.String(), course)
	}
}

// canned answers every request with the same bytes.
type canned struct {
	status int
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return &http.Response{
		StatusCode: c.status, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(c.body)),
		Body: io.NopCloser(bytes.NewReader(c.body)),
	}, nil
}

// FuzzAnswers checks that whatever a platform answers becomes a value or an
// *edx.Error, by every decoder of the package, that of errors included.
func FuzzAnswers(f *testing.F) {
	statuses := []int{200, 207, 400, 401, 403, 404, 406, 409, 429, 503}
	for i, endpoint := range endpoints {
		f.Add(uint8(i), uint8(0), []byte(endpoint.body(f)))
		for j, seed := range []string{"", "null", "[]", "{}", `"text"`, gossip, serverErrorPage, `{"id":"4211","is_active":"True","mode":1,"username":2}`} {
			f.Add(uint8(i), uint8(i+j), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, which, status uint8, body []byte) {
		rt := canned{statuses[int(status)%len(statuses)], body}
		client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(rt), edx.WithLimiter(noLimit{}), edx.WithRetries(1, 0, 0),
			edx.WithExamsURL("https://exams.example.org"), edx.WithClock(newClock()), edx.WithTokenSource(tokenOf("t")))
		if err != nil {
			t.Fatal(err)
		}
		endpoint := endpoints[int(which)%len(endpoints)]
		err = endpoint.call(t.Context(), client, ada)
		if _, ok := errors.AsType[*edx.Error](err); err != nil && !ok {
			t.Errorf("%s: error %v is no *edx.Error", endpoint.name, err)
		}
		if rt.status >= 300 && err == nil {
			t.Errorf("%s: a %d is no error", endpoint.name, rt.status)
		}
	})
}

// FuzzRows checks that whatever a row of a list is, the rows before and after it are
// there and whole.
func FuzzRows(f *testing.F) {
	methods := []string{"SpecialExams.List", "SpecialExams.Attempts", "Enrollments.List", "Grades.Gradebook", "Grades.Policy", "Courses.IDs"}
	for _, odd := range oddRows {
		if i := slices.Index(methods, odd.method); i >= 0 {
			f.Add(uint8(i), []byte(odd.row))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, row []byte) {
		method := methods[int(which)%len(methods)]
		if !json.Valid(row) {
			return
		}
		i := slices.IndexFunc(oddRows, func(odd oddRow) bool { return odd.method == method })
		good := goodRows[method]
		rt := canned{http.StatusOK, fmt.Appendf(nil, oddRows[i].form, good+","+string(row)+","+good)}
		client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(rt), edx.WithLimiter(noLimit{}), edx.WithTokenSource(tokenOf("t")))
		if err != nil {
			t.Fatal(err)
		}
		got, err := answers[method].call(t.Context(), client)
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		items := itemsOf(got)
		if items.Len() != 3 || len(problemsOf(items.Index(0)))+len(problemsOf(items.Index(2))) != 0 {
			t.Errorf("%s: %d rows, problems %v, want three", method, items.Len(), problemsOf(items))
		}
	})
}

// FuzzPages checks that walks end, whatever the pages say, and that nothing goes
// to another host than the one of the base URL.
func FuzzPages(f *testing.F) {
	for i, l := range lists {
		for _, where := range []string{l.more, l.last, `"https://evil.example.org/?cursor=c&page=2&offset=2"`, `"?page=0&cursor=%00&offset=-1"`, `"//x"`, "2", "{}"} {
			f.Add(uint8(i), []byte(l.reply(&lms{URL: "https://lms.example.org"}, where, 1, 2)))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		rt := &sameHosts{canned: canned{http.StatusOK, body}}
		client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(rt), edx.WithLimiter(noLimit{}), edx.WithRetries(1, 0, 0),
			edx.WithExamsURL("https://exams.example.org"), edx.WithClock(newClock()), edx.WithTokenSource(tokenOf("t")))
		if err != nil {
			t.Fatal(err)
		}
		for range lists[int(which)%len(lists)].walk(t.Context(), client, "") {
		}
		if rt.requests > 3 {
			t.Errorf("%d requests for the same page again and again", rt.requests)
		}
		if rt.strangers > 0 {
			t.Errorf("%d requests went to another host", rt.strangers)
		}
	})
}

// sameHosts counts requests, and those to hosts that are not ours.
type sameHosts struct {
	canned
	requests, strangers int
}

func (s *sameHosts) RoundTrip(r *http.Request) (*http.Response, error) {
	s.requests++
	if r.URL.Host != "lms.example.org" && r.URL.Host != "exams.example.org" {
		s.strangers++
	}
	return s.canned.RoundTrip(r)
}

// FuzzTokens does the same for the token endpoint.
func FuzzTokens(f *testing.F) {
	for _, seed := range []string{
		`{"access_token":"t","expires_in":3600,"token_type":"JWT","scope":"read"}`, `{"access_token":"t","expires_in":"-1"}`,
		`{"error":"invalid_client"}`, "", "null", "<html>", `{"access_token":"a\nb","expires_in":1e300}`,
	} {
		f.Add(true, []byte(seed))
		f.Add(false, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, good bool, body []byte) {
		rt := canned{http.StatusBadRequest, body}
		if good {
			rt.status = http.StatusOK
		}
		client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(rt), edx.WithLimiter(noLimit{}),
			edx.WithClock(newClock()), edx.WithClientCredentials(clientID, clientSecret))
		if err != nil {
			t.Fatal(err)
		}
		err = get(t.Context(), client) // the account has the same bytes, and so never a user name and a token
		if _, ok := errors.AsType[*edx.Error](err); err != nil && !ok {
			t.Errorf("error %v is no *edx.Error", err)
		}
	})
}
