package scheduling

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// Refusals that speak of the learner are told apart from those of the request.
func TestRefusalsOfTheLearner(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]ReasonCode{
		proctoru.ErrStudentNotFound:  ReasonProviderRefuses,
		proctoru.ErrTimeZoneNotFound: ReasonProviderRefuses,
		proctoru.ErrStartInPast:      ReasonStartInPast,
	} {
		if a := classify(errors.Join(err)); a.Kind != AnswerRefused || a.Reason != want {
			t.Errorf("%v: %s for %s, want refused for %s", err, a.Kind, a.Reason, want)
		}
	}
	if a := classify(&proctorbook.ValidationError{}); a.Reason != ReasonInvalidRequest {
		t.Errorf("what our own check refuses: %s, want invalid_request", a.Reason)
	}
}
