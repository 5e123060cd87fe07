package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/proctorbook/proctorbook/proctoru"
)

// noList is the adapter for an account whose lists are null, and whose report has the rows.
func noList(t *testing.T, rows string) (ProctorU, *httpmock.MockTransport) {
	t.Helper()
	p, mock := answering(t, `{"response_code": 1, "message": "", "data": null}`)
	mock.RegisterResponder("POST", `=~/clientActivityReport`, httpmock.NewStringResponder(200, `{"response_code": 1, "message": "", "data": `+rows+`}`))
	return p, mock
}

// A list that is null counts as empty only if the report was read and shows no
// reservation that may be ahead.
func TestListByEvidence(t *testing.T) {
	t.Parallel()
	const canceled, made = `"Reservation cancelled created by A B at 01/07/2027 10:00 AM"`, `"Reservation created by A B at 01/07/2027 09:00 AM"`
	row := func(number, start, history string) string {
		return `{"UniqueId": "4211", "ReservationNo": ` + number + `, "StartDate": "` + start + `", "ProctorNotes": ` + history + `}`
	}
	ahead, past := "2027-01-11T09:00:00Z", "2027-01-06T09:00:00Z"
	for rows, empty := range map[string]bool{
		`[]`: true, `null`: false, `{}`: false,
		`[` + row("11", ahead, canceled) + `]`: true, `[` + row("11", ahead, made) + `]`: false, `[` + row("11", ahead, `""`) + `]`: false,
		`[` + row("11", past, made) + `]`: true, `[` + row("11", "", made) + `]`: false, `[` + row("11", "", canceled) + `]`: true,
		`[` + row("null", ahead, made) + `]`: false, `[` + row("null", past, made) + `]`: true,
		`[` + row("11", ahead, canceled) + `,` + row("12", ahead, made) + `]`: false,
		`[` + row("11", ahead, made) + `,` + row("11", past, made) + `]`:      false,
	} {
		for _, source := range []EvidenceSource{"", EvidenceReport, EvidenceCanceledList, EvidenceNone} {
			p, _ := noList(t, rows)
			p.EvidenceSource = source
			listed, err := p.List(t.Context(), "4211")
			want := empty && source != EvidenceNone
			p.EmptyIsNull = true
			if _, err := p.List(t.Context(), "4211"); errors.Is(err, ErrEmptyByEvidence) != (want || source != EvidenceNone && len(rows) < 5) {
				t.Errorf("%q: List with EmptyIsNull, the report being %s = %v", source, rows, err)
			}
			if len(listed) != 0 || !errors.Is(err, proctoru.ErrNoList) || errors.Is(err, ErrEmptyByEvidence) != want {
				t.Errorf("%q: List, the report being %s = %v, %v; want empty by evidence %t", source, rows, listed, err, want)
			}
		}
	}
	p, mock := answering(t, `{"response_code": 1, "message": "", "data": []}`)
	if _, err := p.List(t.Context(), "4211"); err != nil || mock.GetTotalCallCount() != 1 {
		t.Errorf("List of [] = %v with %d calls, want one", err, mock.GetTotalCallCount())
	}
	p, _ = answering(t, strings.Repeat(" ", 3))
	if _, err := p.List(t.Context(), "4211"); errors.Is(err, ErrEmptyByEvidence) {
		t.Errorf("List of an unreadable answer = %v, want not empty", err)
	}
}

// Evidence without data is empty only where the account is known to write it so.
func TestEmptyIsNull(t *testing.T) {
	t.Parallel()
	for _, source := range []EvidenceSource{EvidenceReport, EvidenceCanceledList} {
		p, _ := answering(t, `{"response_code": 1, "message": "", "data": null}`)
		p.EvidenceSource = source
		if _, err := p.Evidence(t.Context(), "4211", "pb-testtest-1", "12"); !errors.Is(err, proctoru.ErrNoList) {
			t.Errorf("%s: Evidence = %v, want ErrNoList", source, err)
		}
		p.EmptyIsNull = true
		if proofs, err := p.Evidence(t.Context(), "4211", "pb-testtest-1", "12"); err != nil || len(proofs) != 0 {
			t.Errorf("%s: Evidence with EmptyIsNull = %v, %v; want none", source, proofs, err)
		}
	}
}
