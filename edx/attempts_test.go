package edx_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
)

// Past the end edx-proctoring sends the last page again.
func TestAttemptsPastTheEnd(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	l := lists[6]
	p.json(l.first(), l.reply(p, l.more, 1, 2))
	p.json(l.second(), l.reply(p, `"has_next":false,"current_page":1,"total_pages":1`, 1, 2)) // the list has become shorter
	if got, err := collect(l.walk(t.Context(), p.client(t), "")); err != nil || !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("got %q, %v, want 1 and 2 once", got, err)
	}
	page, err := p.client(t).SpecialExams.Attempts(t.Context(), cs101, edx.ListAttemptsParams{Cursor: "2"})
	if err != nil || len(page.Items) != 0 || page.Next != "" {
		t.Errorf("Attempts = %+v, %v, want an empty last page", page, err)
	}
	for _, info := range []string{`"has_next":true`, `"has_next":true,"current_page":3`} { // would go on for ever
		p.json(l.first(), l.reply(p, info))
		if _, err := collect(l.walk(t.Context(), p.client(t), "")); !errors.Is(err, edx.ErrNotJSON) {
			t.Errorf("a page with %s: error = %v, want ErrNotJSON", info, err)
		}
	}
}

func TestAllAttemptsOfSome(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	route := "GET" + special + "attempt/grouped/course_id/" + cs101Path + "/search/a%20b"
	p.json(route, `{"proctored_exam_attempts":[{"id":12,"status":"error"}],"pagination_info":{"has_next":true,"current_page":1}}`)
	p.json(route+"?page=2", `{"proctored_exam_attempts":[{"id":11,"status":"error"}],"pagination_info":{"has_next":false,"current_page":2}}`)
	var got []int64
	for group, err := range p.client(t).SpecialExams.AllAttempts(t.Context(), cs101, edx.ListAttemptsParams{Search: "a b"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, group.Latest.ID)
	}
	if want := []int64{12, 11}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
