package provider

import (
	"errors"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Where a learner must be known before the first reservation, the adapter saves them and
// sends again, once, and only after a refusal that proves that nothing was done.
func TestReserveForALearnerWhoMustExist(t *testing.T) {
	t.Parallel()
	const unknown = `{"response_code": 2, "message": "Student Not found", "data": null}`
	const saved = `{"response_code": 1, "message": "", "data": {}}`
	const done = `{"response_code": 1, "message": "", "data": {"reservation_no": 12}}`
	for name, tt := range map[string]struct {
		creates []string
		save    string
		status  int
		want    AnswerKind
		calls   int
	}{
		"saved, and made":      {[]string{unknown, done}, saved, 200, AnswerDone, 3},
		"known":                {[]string{done}, saved, 200, AnswerDone, 1},
		"never known":          {[]string{unknown, unknown}, saved, 200, AnswerRefused, 3},
		"the data are refused": {[]string{unknown}, `{"response_code": 2, "message": "TimeZone not found.", "data": null}`, 200, AnswerRefused, 2},
		"the save is lost":     {[]string{unknown}, saved, http.StatusBadGateway, AnswerNotSent, 2},
	} {
		for method, reserve := range map[string]func(ProctorU, Call) Answer{
			"Reserve": func(p ProctorU, c Call) Answer { return p.Reserve(t.Context(), c) },
			"Move":    func(p ProctorU, c Call) Answer { c.Number = "11"; return p.Move(t.Context(), c) },
		} {
			p, mock := answering(t, saved)
			n := 0
			mock.RegisterResponder("POST", `=~/addAdHocProcess`, func(*http.Request) (*http.Response, error) {
				n++
				return httpmock.NewStringResponse(200, tt.creates[n-1]), nil
			})
			mock.RegisterResponder("POST", `=~/editStudent`, httpmock.NewStringResponder(tt.status, tt.save))
			a := reserve(p, callFor())
			if a.Kind != tt.want || mock.GetTotalCallCount() != tt.calls {
				t.Errorf("%s: %s = %s, %v with %d calls; want %s with %d", name, method, a.Kind, a.Err, mock.GetTotalCallCount(), tt.want, tt.calls)
			}
			if tt.want == AnswerNotSent && !errors.Is(a.Err, proctoru.ErrStudentNotFound) {
				t.Errorf("%s: %s: error %v, want why it was refused", name, method, a.Err)
			}
		}
	}
}
